import { DURATION_BOUNDS } from "../../protocol/durations.ts";

const BOUNDS_MS = DURATION_BOUNDS.map((seconds) => seconds * 1000);

/** How many took how long, by {@link DURATION_BOUNDS}. On each request: one look at a clock that was read anyway, and a sum. */
export class Durations {
  readonly counts: number[] = Array.from({ length: BOUNDS_MS.length + 1 }, () => 0);

  add(ms: number): void {
    let index = 0;
    // Past the last bound there is none to compare with, which is never less.
    while (ms > (BOUNDS_MS[index] ?? Infinity)) index += 1;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
  }
}
