import type { ErrorReport, UnderWay } from "./ipc.ts";

/** Why a worker came to an end that nobody had ordered. */
export const CRASH_REASONS = [
  "exit-code",
  "signal",
  "uncaught",
  "heap-out-of-memory",
  "oom-killed",
  "hang",
  "boot-failed",
  "boot-timeout",
  "not-started",
] as const;

export type CrashReason = (typeof CRASH_REASONS)[number];

/** The end of one worker, as far as it can be known. Never with env, queries or headers. Times are milliseconds, `at` ones since the epoch. */
export interface Death {
  readonly at: number;
  readonly reason: CrashReason;
  /** The reason in a few words: `exit code 7`. */
  readonly text: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly slot: number;
  readonly pid: number;
  readonly generation: number;
  /** The entry without links: which release it was. */
  readonly release: string;
  readonly drover: string;
  readonly node: string;
  readonly uptimeMs: number;
  /** What nobody caught, or why it could not boot. */
  readonly error: ErrorReport | null;
  /** Where it hung, or why that is not known. */
  readonly stack: string | null;
  /** Its resident memory right before it was killed for a hang; null: it was not, or nobody could look. */
  readonly rssBytes: number | null;
  /** What it was answering; null: it has never said. */
  readonly requests: RequestsAtDeath | null;
  /** The last lines it wrote; null: they did not pass through the primary. */
  readonly lines: readonly string[] | null;
  /** Of the last minute, the oldest first. */
  readonly history: readonly Moment[];
  /** Parts of Node's diagnostic report, without environment, command line and network. Null: there is none. */
  readonly nodeReport: Readonly<Record<string, unknown>> | null;
}

export interface RequestsAtDeath {
  /** `end`: its own word at its error or exit, or what was seen of it while it hung. `beat`: its last sign of life; what came after that is not known. */
  readonly asOf: "end" | "beat";
  /** How long before the death that was. */
  readonly agoMs: number;
  /** The oldest first. */
  readonly named: readonly UnderWay[];
  /** The one whose code was running, where that can be told. */
  readonly culprit: UnderWay | null;
  /** How many there were, named or not. */
  readonly count: number;
}

/** What a worker said of itself, `agoMs` before its death. */
export interface Moment {
  readonly agoMs: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly eventLoopLagMs: number;
  readonly inFlight: number;
}

/** A route that was being answered by a worker that died, and how often it was found under way otherwise. */
export interface RouteAtDeath {
  /** `POST /users/:n`. */
  readonly route: string;
  /** Of so many looks at workers in the minute before, */
  readonly looks: number;
  /** so many found it. */
  readonly seen: number;
}

/** All that is kept of a death beside the latest one of its cause. */
export interface Trace {
  readonly at: number;
  /** Null: not known. */
  readonly routes: readonly RouteAtDeath[] | null;
}

/** One cause, and the deaths it has brought. */
export interface Crash {
  readonly version: 1;
  readonly id: string;
  /** What makes two deaths the same one: whatever a new release or another request changes is left out. */
  readonly cause: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly last: Death;
  /** The latest deaths, the oldest first. */
  readonly traces: readonly Trace[];
}

/** What the snapshot says of the latest one. */
export interface LastCrash {
  readonly id: string;
  readonly at: number;
  readonly slot: number;
  readonly reason: CrashReason;
  readonly text: string;
}
