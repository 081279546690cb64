import { underLoad } from "./under-load.ts";
import type { Workload } from "./workload.ts";

const CONNECTIONS = 16;
const SENT = 100 * 1024;

export const download: Workload = {
  title: `Answers of 1 MB, keep-alive, ${CONNECTIONS} connections`,
  app: "download",
  compare: "CPU µs/request",
  goals: [],
  run: underLoad({ mode: "keep-alive", requests: 2500, connections: CONNECTIONS, answer: 1024 * 1024, rate: 200 }),
};

export const upload: Workload = {
  title: `POST of 100 KB, keep-alive, ${CONNECTIONS} connections`,
  note: "The app reads the whole body and answers how many bytes it had, which the client checks.",
  app: "upload",
  compare: "CPU µs/request",
  goals: [],
  run: underLoad({
    mode: "keep-alive",
    requests: 12_000,
    connections: CONNECTIONS,
    body: SENT,
    answer: String(SENT),
    rate: 1000,
  }),
};
