import { setTimeout as sleep } from "node:timers/promises";
import { runApart } from "../load/apart.ts";
import type { Visited, VisitPlan } from "../load/visit-plan.ts";
import { cpuOf } from "../tree.ts";
import type { Run, Workload } from "./workload.ts";

const WORKERS = 4;
/** Until what came before, when every worker was to answer once, is history. */
const SILENCE_MS = 1000;

function visits(plan: VisitPlan): Workload["run"] {
  return async (subject, scale): Promise<Run> => {
    const asked = { ...plan, visits: Math.ceil(plan.visits * scale) };
    await sleep(SILENCE_MS);
    const before = cpuOf(subject.started);
    const { counts, errors, p50, p99, max } = await runApart<Visited>("visits.ts", asked, subject.port);
    const answered = asked.visits - errors;
    return {
      "CPU µs/request": (cpuOf(subject.started) - before) / answered,
      "busiest ÷ mean": Math.max(...counts) / (answered / subject.workers),
      "p50 ms": p50,
      "p99 ms": p99,
      "max ms": max,
      errors,
    };
  };
}

export const sequential: Workload = {
  title: `200 connections 30 ms apart, ${WORKERS} workers`,
  app: "hello",
  workers: WORKERS,
  references: ["reuse-port"],
  compare: "busiest ÷ mean",
  goals: [{ atMost: 1.15 }],
  run: visits({ visits: 200, every: 30, stay: false }),
};

export const longLived: Workload = {
  title: `400 connections 10 ms apart that stay open, ${WORKERS} workers`,
  app: "hello",
  workers: WORKERS,
  references: ["reuse-port"],
  compare: "busiest ÷ mean",
  goals: [{ atMost: 1.15 }],
  run: visits({ visits: 400, every: 10, stay: true }),
};

export const burst: Workload = {
  title: `64 connections at once after silence, ${WORKERS} workers`,
  app: "hello",
  workers: WORKERS,
  references: ["reuse-port"],
  compare: "max ms",
  goals: [],
  run: visits({ visits: 64, every: 0, stay: false }),
};
