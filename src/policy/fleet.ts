/**
 * `starting`: forked, not ready yet. `ready`: serves. `draining`: takes nothing new and leaves.
 * A worker that has exited is not in the fleet any more; what its slot needs to remember is in {@link SlotHistory}.
 */
export type WorkerState = "starting" | "ready" | "draining";

/** Why a worker that is well is replaced. */
export type RecycleReason = "memory" | "requests" | "lifetime";

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
  /** Its deadline has come and it has said what it cuts. */
  readonly overdue: boolean;
  /** Its event loop has stood still for too long. */
  readonly hung: boolean;
  /** Its kill has been ordered; only its exit is still to come. */
  readonly killed: boolean;
  /** Why it is to be recycled; null: it may stay. */
  readonly recycle: RecycleReason | null;
}

/** The replacement of all workers by a new generation, under way. */
export interface Reload {
  readonly from: number;
  readonly to: number;
  /** `rolling`: slot by slot, each replacement first. `at-once`: the old generation leaves before the new one starts. */
  readonly how: "rolling" | "at-once";
  /**
   * `trial`: the first slot's replacement must live through its probation while every old worker still serves. `roll`: slot by slot.
   * `back`: the new generation has failed, its slots return to the old one. `tail`: every slot is replaced; old workers finish what they have.
   */
  readonly phase: "trial" | "roll" | "back" | "tail";
  /** On the way back a worker of the old generation could not boot either. */
  readonly stuck: boolean;
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
  /** What every slot is to run, but for a reload. */
  readonly generation: number;
  readonly reload: Reload | null;
  /** `lameduck`: told to stop, and serves until `stopAt`. */
  readonly phase: "running" | "lameduck" | "stopping" | "stopping-now" | "given-up";
  readonly stopAt: number | null;
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
  /** How late the beat of a ready worker may be; 0: for ever. */
  readonly hangTimeout: number;
  readonly bootsAtOnce: number;
  readonly restart: "always" | "never";
  /** Boot failures in a row of one slot, nothing ever ready, after which the app counts as unable to boot. */
  readonly bootAttempts: number;
  readonly backoff: { readonly first: number; readonly longest: number };
  /** How long nobody may be ready before a stand-in answers. */
  readonly standInAfter: number;
  /** From the order to stop until the drain begins. */
  readonly lameduck: number;
  /** After its own deadline, for a worker that is too stuck to say what it cuts. */
  readonly killSlack: number;
  /** Workers beyond their number while a reload replaces them. */
  readonly surge: number;
  /** How long a new generation's worker must live to count as good. */
  readonly probation: number;
}

/**
 * What the end of a worker says of the next attempt. `hopeless`: it would fail the same way (a missing file, a syntax error, nothing
 * servable). `excused`: it will go another way, so this end counts against nobody.
 */
export type Verdict = "failed" | "hopeless" | "excused";

export type FleetEvent =
  | { readonly type: "forked"; readonly worker: number; readonly slot: number; readonly generation: number }
  | { readonly type: "ready"; readonly worker: number }
  | { readonly type: "answered"; readonly worker: number }
  /** The worker takes nothing new: we told it, it was asked by a TERM of its own, or it has seen an uncaught error. */
  | { readonly type: "draining"; readonly worker: number; readonly why: "told" | "asked" | "crashed" }
  | { readonly type: "overdue"; readonly worker: number }
  | { readonly type: "hung"; readonly worker: number }
  | { readonly type: "recycle"; readonly worker: number; readonly reason: RecycleReason }
  | { readonly type: "killed"; readonly worker: number }
  | { readonly type: "exited"; readonly worker: number; readonly verdict: Verdict }
  | { readonly type: "stop"; readonly now: boolean }
  | { readonly type: "scale"; readonly size: number }
  | { readonly type: "reload"; readonly to: number; readonly how: Reload["how"] }
  | { readonly type: "proved" }
  | { readonly type: "reload-ended" }
  | { readonly type: "listeners-closed" }
  | { readonly type: "stand-in"; readonly running: boolean };

export type Action =
  | { readonly type: "fork"; readonly slot: number; readonly generation: number }
  | { readonly type: "drain"; readonly worker: number; readonly mode: "stop" | "leave" }
  | { readonly type: "kill"; readonly worker: number; readonly reason: KillReason }
  /** The lameduck time is over. */
  | { readonly type: "begin-stop" }
  /** The new generation has passed its trial. */
  | { readonly type: "prove" }
  | { readonly type: "end-reload"; readonly outcome: "done" | "rolled-back" }
  | { readonly type: "close-listeners" }
  | { readonly type: "start-stand-in" }
  | { readonly type: "stop-stand-in" }
  | { readonly type: "finish"; readonly outcome: Outcome };

export type KillReason = "boot-timeout" | "drain-timeout" | "hang" | "stop" | "rolled-back";

/** `stopped`: as asked. `cannot-boot`: the app never became ready. `none-left`: `restart: "never"` and the last worker is gone. */
export type Outcome = "stopped" | "cannot-boot" | "none-left";

export function newFleet(size: number, now: number): Fleet {
  return {
    size,
    generation: 1,
    reload: null,
    phase: "running",
    stopAt: null,
    workers: [],
    history: new Map(),
    everReady: false,
    noneReadySince: now,
    standIn: false,
    listenersHeld: true,
  };
}
