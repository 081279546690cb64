/**
 * `starting`: forked, not ready yet. `ready`: serves. `draining`: takes nothing new and leaves.
 * A worker that has exited is not in the fleet any more; what its slot needs to remember is in {@link SlotHistory}.
 */
export type WorkerState = "starting" | "ready" | "draining";

export interface Worker {
  /** Unique as long as the primary lives. */
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly state: WorkerState;
  readonly forkedAt: number;
  readonly readyAt: number | null;
  readonly drainingSince: number | null;
  /** Has answered a request. */
  readonly answered: boolean;
  /** Its kill has been ordered; only its exit is still to come. */
  readonly killed: boolean;
}

/** What decides when a slot's next worker may start. */
export interface SlotHistory {
  /** Workers in a row that left this slot without having proved themselves. */
  readonly failures: number;
  readonly vacatedAt: number;
}

/** Everything the supervision decides from. Times are milliseconds on the caller's clock. */
export interface Fleet {
  /** Slots to fill: 1..size. */
  readonly size: number;
  readonly generation: number;
  readonly phase: "running" | "stopping" | "stopping-now" | "given-up";
  readonly workers: readonly Worker[];
  readonly history: ReadonlyMap<number, SlotHistory>;
  readonly everReady: boolean;
  /** Since when no worker has been ready. */
  readonly noneReadySince: number | null;
  readonly standIn: boolean;
  readonly listenersHeld: boolean;
}

export interface Limits {
  readonly bootTimeout: number;
  readonly drainTimeout: number;
  readonly bootsAtOnce: number;
  readonly restart: "always" | "never";
  /** Boot failures in a row of one slot, nothing ever ready, after which the app counts as unable to boot. */
  readonly bootAttempts: number;
  readonly backoff: { readonly first: number; readonly longest: number };
  /** How long nobody may be ready before a stand-in answers. */
  readonly standInAfter: number;
}

/**
 * What the end of a worker says of the next attempt. `hopeless`: it would fail the same way (a missing file, a syntax error, nothing
 * servable). `excused`: it will go another way, so this end counts against nobody.
 */
export type Verdict = "failed" | "hopeless" | "excused";

export type FleetEvent =
  | { readonly type: "forked"; readonly worker: number; readonly slot: number }
  | { readonly type: "ready"; readonly worker: number }
  | { readonly type: "answered"; readonly worker: number }
  /** The worker takes nothing new: it was told to, or it has seen an uncaught error and lets its other requests finish. */
  | { readonly type: "draining"; readonly worker: number }
  | { readonly type: "killed"; readonly worker: number }
  | { readonly type: "exited"; readonly worker: number; readonly verdict: Verdict }
  | { readonly type: "stop"; readonly now: boolean }
  | { readonly type: "listeners-closed" }
  | { readonly type: "stand-in"; readonly running: boolean };

export type Action =
  | { readonly type: "fork"; readonly slot: number; readonly generation: number }
  | { readonly type: "drain"; readonly worker: number; readonly mode: "stop" | "leave" }
  | { readonly type: "kill"; readonly worker: number; readonly reason: "boot-timeout" | "drain-timeout" | "stop" }
  | { readonly type: "close-listeners" }
  | { readonly type: "start-stand-in" }
  | { readonly type: "stop-stand-in" }
  | { readonly type: "finish"; readonly outcome: Outcome };

/** `stopped`: as asked. `cannot-boot`: the app never became ready. `none-left`: `restart: "never"` and the last worker is gone. */
export type Outcome = "stopped" | "cannot-boot" | "none-left";

export function newFleet(size: number, now: number): Fleet {
  return {
    size,
    generation: 1,
    phase: "running",
    workers: [],
    history: new Map(),
    everReady: false,
    noneReadySince: now,
    standIn: false,
    listenersHeld: true,
  };
}
