import { connection, keepAlive } from "./hello.ts";
import { firstAnswer } from "./start.ts";
import type { Workload } from "./workload.ts";

/** In the order of the tables; an id is the name of its files in results/. */
export const WORKLOADS = {
  "keep-alive": keepAlive,
  connection,
  "first-answer": firstAnswer,
} as const satisfies Record<string, Workload>;

export type WorkloadId = keyof typeof WORKLOADS;
