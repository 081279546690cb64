import { availableParallelism } from "node:os";
import type { Config } from "../config/config.ts";
import type { Limits } from "../policy/fleet.ts";

/** The supervision's fixed numbers, and the configured ones beside them. Milliseconds. */
export function limitsOf({ timeouts, restart, reload }: Config): Limits {
  return {
    bootTimeout: timeouts.boot,
    drainTimeout: timeouts.drain,
    hangTimeout: timeouts.hang,
    bootsAtOnce: 2 * availableParallelism(),
    restart,
    bootAttempts: 3,
    backoff: { first: 100, longest: 15_000 },
    standInAfter: 5_000,
    lameduck: timeouts.lameduck,
    killSlack: 1_000,
    surge: reload.surge,
    probation: reload.probation,
  };
}

/** While two generations live, the old one's workers may still need its time to leave. */
export function limitsOfBoth(old: Limits, next: Limits): Limits {
  return { ...next, drainTimeout: Math.max(old.drainTimeout, next.drainTimeout) };
}
