import type { RowId } from "./rows.ts";
import type { Driven, WorkloadId } from "./workloads.ts";

/** What each process of a run is given, as JSON in its first argument. */
export interface Plan {
  readonly row: RowId;
  readonly workload: WorkloadId;
  /** Of the store: `redis://127.0.0.1:6379`, `sqlite:/var/tmp/x/store.db`. */
  readonly url: string;
  /** This process's number, from 0, among so many. */
  readonly process: number;
  readonly processes: number;
  readonly sessions: number;
  /** Requests under way at once. */
  readonly inFlight: number;
  readonly warmUp: number;
  /** Requests that count. */
  readonly requests: number;
}

/** What a process is told to do, one after the other. */
export type Phase = "fill" | "warmUp" | "measure";

/** Its answer. */
export interface Done extends Driven {
  /** The longest time for which the event loop stood still, in milliseconds. */
  readonly stall: number;
}
