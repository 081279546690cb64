import { drive } from "../load/drive.ts";
import type { Loaded, LoadPlan } from "../load/plan.ts";
import type { Subject } from "../subject.ts";
import { cpuOfTree, pssOf } from "../tree.ts";
import type { Run } from "./workload.ts";

const cpuOf = ({ started }: Subject): number => started.roots.reduce((sum, root) => sum + cpuOfTree(root), 0);

/** The usual figures of a load, after a warm-up of a tenth of it. */
export function underLoad(plan: LoadPlan): (subject: Subject, scale: number) => Promise<Run> {
  return async (subject, scale) => {
    const { port } = subject;
    await drive({ ...plan, requests: Math.ceil((plan.requests * scale) / 10) }, port);
    const before = cpuOf(subject);
    const loaded: Loaded = await drive({ ...plan, requests: Math.ceil(plan.requests * scale) }, port);
    const spent = cpuOf(subject) - before;
    const { answered, errors, seconds, p50, p99, max } = loaded;
    return {
      "CPU µs/request": spent / answered,
      "requests/s": answered / seconds,
      "p50 ms": p50,
      "p99 ms": p99,
      "max ms": max,
      errors,
      ...pssOf(subject.started),
    };
  };
}
