import type { Quantiles } from "./quantiles.ts";

/** Requests on connections of their own, at random moments, whether earlier ones are answered or not. */
export interface SkewPlan {
  readonly requests: number;
  /** Per second, on average. */
  readonly rate: number;
  /** That share of them are heavy, 0..1: they ask for `/heavy`. */
  readonly heavy: number;
}

/** Latencies of the light requests, from the moment each was due, in milliseconds. */
export interface Skewed extends Quantiles {
  readonly errors: number;
}
