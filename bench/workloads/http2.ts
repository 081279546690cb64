import { HELLO } from "./hello.ts";
import { underLoad } from "./under-load.ts";
import type { Workload } from "./workload.ts";

const CONNECTIONS = 8;
const STREAMS = 10;

export const http2: Workload = {
  title: `HTTP/2 hello, ${CONNECTIONS} connections with ${STREAMS} streams each`,
  app: "http2",
  protocol: "h2",
  compare: "CPU µs/request",
  goals: [],
  run: underLoad({
    mode: "h2",
    requests: 25_000,
    connections: CONNECTIONS,
    streams: STREAMS,
    answer: HELLO,
    rate: 2000,
  }),
};
