/**
 * Why a request has no answer. `refused`: nobody listened. `reset`: the connection ended before an answer began. `truncated`: it ended before the answer
 * was whole. `hung`: no whole answer in time. `failed`: answered 5xx, which the app did not do before. `garbled`: what came is no HTTP.
 */
export const CAUSES = ["refused", "reset", "truncated", "hung", "failed", "garbled"] as const;
export type Cause = (typeof CAUSES)[number];

/** How one request ended; it does so once, since none is sent again. Times are milliseconds on one clock. */
export interface Ended {
  readonly sentAt: number;
  readonly endedAt: number;
  /** Null: there was no whole answer, and `cause` says why. */
  readonly status: number | null;
  readonly cause: Exclude<Cause, "failed"> | null;
}

/** What was done to the app. Times as above. */
export type Deed =
  | {
      readonly type: "reload";
      readonly at: number;
      readonly until: number;
      /** Why the app could not, in its own words. */
      readonly error: string | null;
    }
  | {
      readonly type: "kill";
      readonly slot: number;
      readonly pid: number;
      readonly at: number;
      /** The primary knew of its end. */
      readonly goneAt: number;
      /** Its slot had a ready worker again; null: it had none as long as that was waited for. */
      readonly until: number | null;
    };

/** All that has happened, from `start` to `end`. */
export interface Course {
  readonly start: number;
  /** Until then nothing was done to the app: what it answers by itself. */
  readonly calmUntil: number;
  readonly end: number;
  readonly ended: readonly Ended[];
  /** Requests that were under way when the load was stopped, and were not waited for. */
  readonly abandoned: number;
  readonly deeds: readonly Deed[];
  /** Why it ended before all was done. */
  readonly cutShort: string | null;
}
