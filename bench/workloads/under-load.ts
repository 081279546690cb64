import { runApart } from "../load/apart.ts";
import type { Loaded, LoadPlan } from "../load/plan.ts";
import type { Subject } from "../subject.ts";
import { cpuOf, pssOf } from "../tree.ts";
import type { Run } from "./workload.ts";

export interface Load extends Omit<LoadPlan, "rate"> {
  /** Requests per second at which latencies are taken: the same for every peer, and less than any of them can do. */
  readonly rate: number;
}

const PACED_SECONDS = 1.5;
/** Times the requests of the load: after 30,000 requests an app with Express still becomes faster. */
const WARM_UP = 1;

/** The usual figures: CPU and requests/s of a server that has all it can do, latencies of one that has not. */
export function underLoad({ rate, ...plan }: Load): (subject: Subject, scale: number) => Promise<Run> {
  return async (subject, scale) => {
    const drive = (more: Partial<LoadPlan>): Promise<Loaded> => {
      const whole: LoadPlan = { ...plan, ...more };
      return runApart<Loaded>("load.ts", { ...whole, requests: Math.ceil(whole.requests * scale) }, subject.port);
    };
    await drive({ requests: plan.requests * WARM_UP });
    const before = cpuOf(subject.started);
    const full = await drive({});
    const spent = cpuOf(subject.started) - before;
    const paced = await drive({ rate, requests: rate * PACED_SECONDS });
    return {
      ...(full.answered > 0 && {
        "CPU µs/request": spent / full.answered,
        "requests/s": full.answered / full.seconds,
      }),
      ...(paced.answered > 0 && { "p50 ms": paced.p50, "p99 ms": paced.p99, "max ms": paced.max }),
      errors: full.errors + paced.errors,
      ...pssOf(subject.started),
    };
  };
}
