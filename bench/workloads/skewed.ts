import { runApart } from "../load/apart.ts";
import type { Skewed, SkewPlan } from "../load/skew-plan.ts";
import type { Workload } from "./workload.ts";

// 350 requests/s with 2.5 ms of work each, on average, keep both cores just below half busy, beside the rest.
const PLAN: SkewPlan = { requests: 3_500, rate: 350, heavy: 0.05 };

export const skewed: Workload = {
  title: `A connection per request, ${PLAN.rate} a second, of which one in twenty takes 50 ms of CPU: the others`,
  note: "Latencies are those of the light requests, from the moment each was due, not from when a client got round to it.",
  app: "skewed",
  compare: "p99 ms",
  goals: (["cluster", "none", "pm2", "watt", "nginx"] as const).map((of) => ({ of, atMost: 1 })),
  run: async ({ port }, scale) => {
    const plan = { ...PLAN, requests: Math.ceil(PLAN.requests * scale) };
    const { p50, p99, max, errors } = await runApart<Skewed>("skewed.ts", plan, port);
    return { "p50 ms": p50, "p99 ms": p99, "max ms": max, errors };
  },
};
