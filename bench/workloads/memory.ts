import { setTimeout as sleep } from "node:timers/promises";
import { pssOf } from "../tree.ts";
import type { Workload } from "./workload.ts";

const SETTLED_MS = 1500;

export const memory: Workload = {
  title: "Memory of an idle app",
  note: `Proportional set size of all processes, ${SETTLED_MS / 1000} s after every worker has answered.`,
  app: "hello",
  compare: "all MB",
  goals: [
    { of: "cluster", atMost: 1.15 },
    { of: "watt", atMost: 0.6 },
  ],
  run: async ({ started }) => {
    await sleep(SETTLED_MS);
    return pssOf(started);
  },
};
