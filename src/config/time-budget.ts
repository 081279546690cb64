import { existsSync } from "node:fs";
import type { Config } from "./config.ts";

/** What can be told of the platform from inside a process. */
export interface Signs {
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  readonly exists: (path: string) => boolean;
}

/** Who kills what has not ended in time after its TERM. */
export interface Platform {
  readonly name: string;
  /** Milliseconds. */
  readonly grace: number;
  /** How to have it grant that many seconds. */
  readonly raise: (seconds: number) => string;
}

/** From the last worker's end to ours. Milliseconds. */
const TO_END = 1_000;

const CONTAINER_MARKS = ["/.dockerenv", "/run/.containerenv"] as const;

/** The platform with its default; `null`: none that is known to kill. */
export function platformOf({ env, pid, exists }: Signs): Platform | null {
  if (env["KUBERNETES_SERVICE_HOST"])
    return {
      name: "Kubernetes",
      grace: 30_000,
      raise: (seconds) => `set terminationGracePeriodSeconds: ${seconds} in the pod, plus what a preStop hook takes`,
    };
  if (env["INVOCATION_ID"] || env["NOTIFY_SOCKET"])
    return {
      name: "systemd",
      grace: 90_000,
      raise: (seconds) => `set TimeoutStopSec=${seconds} in the unit`,
    };
  if (pid === 1 || CONTAINER_MARKS.some(exists))
    return {
      name: "Docker",
      grace: 10_000,
      raise: (seconds) => `docker run --stop-timeout ${seconds}, or stop_grace_period: ${seconds}s in Compose`,
    };
  return null;
}

export function signsOf(env: NodeJS.ProcessEnv): Signs {
  return { env, pid: process.pid, exists: existsSync };
}

export interface TimeBudget {
  /** From the order to stop to the end, at most. Milliseconds. */
  readonly needed: number;
  /** Milliseconds; `null`: nobody is known to be waiting. */
  readonly granted: number | null;
  /** In words, for people: both figures and where they come from. */
  readonly text: string;
  /** What to do where it does not fit; else `null`. */
  readonly fix: string | null;
}

/** Whether a stop can come to its end before the platform loses patience. */
export function timeBudget({ lameduck, drain, grace }: Config["timeouts"], platform: Platform | null): TimeBudget {
  const needed = lameduck + drain + TO_END;
  const parts = [...(lameduck > 0 ? [`lameduck ${show(lameduck)}`] : []), `drain ${show(drain)}`];
  const stop = `a stop may take ${show(needed)} (${parts.join(", ")}, ${show(TO_END)} to end)`;
  const granted = grace ?? platform?.grace ?? null;
  if (granted === null) return { needed, granted, text: stop, fix: null };
  const limit =
    grace === null ? `${platform?.name} grants ${show(granted)} by default` : `timeouts.grace is ${show(granted)}`;
  return { needed, granted, text: `${stop}; ${limit}`, fix: needed <= granted ? null : fix(needed, platform) };
}

function fix(needed: number, platform: Platform | null): string {
  const seconds = Math.ceil(needed / 1000);
  const raise = platform === null ? "Have the platform grant more" : `Raise it (${platform.raise(seconds)})`;
  return `${raise} and say so with --grace-timeout ${seconds}s, or shorten --drain-timeout.`;
}

function show(ms: number): string {
  return `${ms / 1000} s`;
}
