import { availableParallelism } from "node:os";
import type { Config } from "../config/config.ts";
import type { Limits } from "../policy/fleet.ts";

/** The supervision's fixed numbers, and the configured ones beside them. Milliseconds. */
export function limitsOf({ timeouts, restart }: Config): Limits {
  return {
    bootTimeout: timeouts.boot,
    drainTimeout: timeouts.drain,
    bootsAtOnce: 2 * availableParallelism(),
    restart,
    bootAttempts: 3,
    backoff: { first: 100, longest: 15_000 },
    standInAfter: 5_000,
  };
}
