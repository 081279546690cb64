import { spawn } from "node:child_process";
import { join } from "node:path";
import type { LoadPlan, LoadResult } from "./load.ts";
import type { Subject } from "./row-subject.ts";
import { cpuOfProcess, cpuOfTree, pidsOf } from "./tree.ts";

/** One figure each of one run of one row. */
export interface Figures {
  readonly cpuMicrosPerRequest: number;
  readonly requestsPerSecond: number;
  /** Share of the busiest process in the CPU time, 0..1: with all connections on one worker a request costs less. */
  readonly busiest: number;
  readonly errors: number;
}

async function drive(plan: LoadPlan): Promise<LoadResult> {
  const script = join(import.meta.dirname, "load.ts");
  const child = spawn(process.execPath, [script, JSON.stringify(plan)], { stdio: ["ignore", "pipe", "inherit"] });
  return JSON.parse((await child.stdout.toArray()).join("")) as LoadResult;
}

/** CPU time of the server's whole process tree while it answers the plan, after a warm-up of a tenth of it. */
export async function measureLoad(subject: Subject, plan: LoadPlan): Promise<Figures> {
  await drive({ ...plan, requests: Math.ceil(plan.requests / 10) });
  const before = cpuOfTree(subject.pid);
  const each = pidsOf(subject.pid).map((pid) => ({ pid, before: cpuOfProcess(pid) }));
  const { answered, errors, seconds } = await drive(plan);
  const spent = cpuOfTree(subject.pid) - before;
  const busiest = Math.max(...each.map((process) => cpuOfProcess(process.pid) - process.before)) / spent;
  return { cpuMicrosPerRequest: spent / answered, requestsPerSecond: answered / seconds, busiest, errors };
}
