import { underLoad } from "./under-load.ts";
import type { Workload } from "./workload.ts";

const CONNECTIONS = 64;

export const webSocket: Workload = {
  title: `WebSocket echo of 1 KB, ${CONNECTIONS} connections`,
  note: "The package ws on an http server. Each connection sends the next message when the last one is back.",
  app: "echo",
  compare: "CPU µs/request",
  goals: [],
  run: underLoad({
    mode: "websocket",
    requests: 70_000,
    connections: CONNECTIONS,
    body: 1024,
    answer: 1024,
    rate: 4000,
  }),
};
