import { download, upload } from "./bodies.ts";
import { crash, kill } from "./death.ts";
import { express, fastify, hono, koa } from "./frameworks.ts";
import { handshake, resumption } from "./handshakes.ts";
import { hang } from "./hang.ts";
import { connection, keepAlive, manyConnections } from "./hello.ts";
import { http2 } from "./http2.ts";
import { memory } from "./memory.ts";
import { reload } from "./reload.ts";
import { skewed } from "./skewed.ts";
import { burst, longLived, sequential } from "./spread.ts";
import { firstAnswer } from "./start.ts";
import { webSocket } from "./web-socket.ts";
import type { Workload } from "./workload.ts";

/** In the order of the tables; an id is the name of its files in results/. */
export const WORKLOADS = {
  "keep-alive": keepAlive,
  connection,
  connections: manyConnections,
  express,
  koa,
  fastify,
  hono,
  download,
  upload,
  handshake,
  resumption,
  http2,
  "web-socket": webSocket,
  "first-answer": firstAnswer,
  memory,
  reload,
  kill,
  crash,
  hang,
  sequential,
  "long-lived": longLived,
  burst,
  skewed,
} as const satisfies Record<string, Workload>;

export type WorkloadId = keyof typeof WORKLOADS;
