/** What a load generator does. */
export interface LoadPlan {
  /** `keep-alive`: each connection is used until the end. `connection`: one connection per request. */
  readonly mode: "keep-alive" | "connection";
  /** In all. */
  readonly requests: number;
  /** At a time. */
  readonly connections: number;
}

/** What came of it. Latencies in milliseconds, over all answered requests. */
export interface Loaded {
  readonly answered: number;
  /** Requests refused, reset, cut short or not answered as expected. Nothing is tried again. */
  readonly errors: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}
