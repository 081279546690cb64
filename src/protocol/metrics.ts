/** What /metrics is made of, between a worker and the primary. */

/** What stands for methods and routes that are not told apart. */
export const OTHER_METHOD = "_OTHER";
export const OTHER_ROUTE = "_other";

/** How many requests of one kind took how long, since the worker's start. */
export interface RequestSeries {
  /** In capital letters; `_OTHER` for what no standard names. */
  readonly method: string;
  /** `200`; `2xx` where there are too many kinds. */
  readonly status: string;
  /** The framework's template, `/users/:id`, never a path; `_other` where there are too many kinds, null where none is known. */
  readonly route: string | null;
  /** By DURATION_BOUNDS, as in Figures. */
  readonly counts: readonly number[];
  /** Of all durations, in seconds. */
  readonly sum: number;
}

/** What beats do not say: what only a scrape asks for. */
export interface ProcessFigures {
  /** Since the process started. */
  readonly cpuSeconds: number;
  readonly heapTotalBytes: number;
  readonly externalBytes: number;
  /** Null: not known here. */
  readonly openFds: number | null;
  /** Seconds since the epoch. */
  readonly startTime: number;
}

export type FamilyType = "counter" | "gauge" | "histogram" | "summary" | "untyped";
export type Aggregate = "sum" | "first" | "min" | "max" | "average" | "omit";

/** All samples of one metric. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  /** How the gauges of several workers become one. Counters and what consists of them are always summed up. */
  readonly aggregate: Aggregate;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** The family's, or with `_bucket`, `_sum` or `_count` at its end. */
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  /** A text where JSON has no number for it: `NaN`, `Infinity`. */
  readonly value: number | string;
}

/** What the app's own registries say. */
export interface AppMetrics {
  readonly families: readonly Family[];
  /** Families that are not among them, since there are too many samples. */
  readonly leftOut: number;
}
