import { measureLoad } from "./measure.ts";
import type { Row, RowId } from "./rows.ts";
import { allAnswer, start } from "./subject.ts";

/** One run of one row under one workload: figures by name. */
export type Run = Readonly<Record<string, number>>;

export interface Workload {
  readonly title: string;
  /** The figure the rows are compared by. */
  readonly compare: string;
  readonly digits: Readonly<Record<string, number>>;
  /** Upper bounds for a row's figure as a multiple of another row's. */
  readonly targets: readonly { readonly row: RowId; readonly of: RowId; readonly atMost: number }[];
  readonly run: (row: Row, workers: number, scale: number) => Promise<Run>;
}

const CONNECTIONS = 32;

function underLoad(mode: "keep-alive" | "connection", requests: number): Workload["run"] {
  return async (row, workers, scale) => {
    const subject = await start(row, { workers });
    try {
      await allAnswer(subject, workers);
      const plan = { port: subject.port, mode, requests: Math.ceil(requests * scale), connections: CONNECTIONS };
      const { cpuMicrosPerRequest, requestsPerSecond, busiest, errors } = await measureLoad(subject, plan);
      return {
        "CPU µs/request": cpuMicrosPerRequest,
        "requests/s": requestsPerSecond,
        "busiest process %": busiest * 100,
        errors,
      };
    } finally {
      await subject.stop();
    }
  };
}

async function firstAnswer(row: Row, workers: number): Promise<Run> {
  const subject = await start(row, { workers });
  await subject.stop();
  return { "ms to first answer": subject.firstAnswerMs };
}

const loadDigits = { "CPU µs/request": 1, "requests/s": 0, "busiest process %": 0, errors: 0 };

export const WORKLOADS = {
  "keep-alive": {
    title: `Keep-alive, ${CONNECTIONS} connections`,
    compare: "CPU µs/request",
    digits: loadDigits,
    targets: [{ row: "drover", of: "cluster", atMost: 1.05 }],
    run: underLoad("keep-alive", 80_000),
  },
  connection: {
    title: `One connection per request, ${CONNECTIONS} at a time`,
    compare: "CPU µs/request",
    digits: loadDigits,
    targets: [
      { row: "drover", of: "none", atMost: 1.05 },
      { row: "drover", of: "cluster", atMost: 0.48 },
    ],
    run: underLoad("connection", 20_000),
  },
  "first-answer": {
    title: "Command to first answer",
    compare: "ms to first answer",
    digits: { "ms to first answer": 0 },
    targets: [{ row: "drover", of: "cluster", atMost: 2 }],
    run: firstAnswer,
  },
} as const satisfies Record<string, Workload>;

export type WorkloadId = keyof typeof WORKLOADS;
