import type { Quantiles } from "./quantiles.ts";

/** One connection after the other, each with one request: who has it? */
export interface VisitPlan {
  readonly visits: number;
  /** From one to the next, in milliseconds; 0: all at once. */
  readonly every: number;
  /** The connections stay open until the last one is answered. */
  readonly stay: boolean;
}

/** From the connect to the answer, in milliseconds. */
export interface Visited extends Quantiles {
  /** How many connections each worker had, of those that had any. */
  readonly counts: readonly number[];
  readonly errors: number;
}
