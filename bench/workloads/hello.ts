import { underLoad } from "./under-load.ts";
import type { Workload } from "./workload.ts";

const CONNECTIONS = 32;
const MANY = 512;
export const HELLO = "Hello, world!\n";

export const keepAlive: Workload = {
  title: `Hello world, keep-alive, ${CONNECTIONS} connections`,
  app: "hello",
  references: ["node"],
  compare: "CPU µs/request",
  goals: [
    { of: "cluster", atMost: 1.05 },
    { of: "pm2", atMost: 0.95 },
    { of: "nginx", atMost: 0.45 },
  ],
  run: underLoad({ mode: "keep-alive", requests: 60_000, connections: CONNECTIONS, answer: HELLO, rate: 4000 }),
};

export const connection: Workload = {
  title: `Hello world, one connection per request, ${CONNECTIONS} at a time`,
  app: "hello",
  references: ["reuse-port"],
  compare: "CPU µs/request",
  goals: [
    { of: "cluster", atMost: 0.48, nodes: [22, 24] },
    { of: "cluster", atMost: 0.6, nodes: [26] },
    { of: "none", atMost: 1.03 },
    { of: "pm2", atMost: 0.35 },
    { of: "nginx", atMost: 0.95 },
  ],
  run: underLoad({ mode: "connection", requests: 12_000, connections: CONNECTIONS, answer: HELLO, rate: 1000 }),
};

export const manyConnections: Workload = {
  title: `Hello world, keep-alive, ${MANY} connections`,
  app: "hello",
  compare: "CPU µs/request",
  goals: [],
  run: underLoad({ mode: "keep-alive", requests: 60_000, connections: MANY, answer: HELLO, rate: 4000 }),
};
