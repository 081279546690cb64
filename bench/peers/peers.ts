import { roundRobin, schedNone } from "./cluster.ts";
import { drover } from "./drover.ts";
import { nginx } from "./nginx.ts";
import { node } from "./node.ts";
import type { Peer } from "./peer.ts";
import { pm2 } from "./pm2.ts";
import { reusePort } from "./reuse-port.ts";
import { bun, deno } from "./runtimes.ts";
import { watt } from "./watt.ts";

/** In the order of the tables. */
export const PEERS = {
  drover,
  cluster: roundRobin,
  none: schedNone,
  pm2,
  watt,
  nginx,
  node,
  "reuse-port": reusePort,
  bun,
  deno,
} as const satisfies Record<string, Peer>;

export type PeerId = keyof typeof PEERS;
