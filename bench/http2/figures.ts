import type { Done } from "../perform.ts";
import { median } from "../statistics.ts";
import type { Case } from "./cases.ts";
import type { Run } from "./run.ts";

export type Results = readonly Done<Case, Run>[];

/** Which cases are meant: what is named must be equal. */
export type Which = Partial<Case>;

function of(results: Results, which: Which, figure: keyof Run): readonly number[] {
  const wanted = Object.entries(which) as [keyof Case, unknown][];
  return results
    .filter((result) => wanted.every(([key, value]) => result[key] === value))
    .map(({ run }) => run[figure]);
}

/** A figure's median over the rounds; NaN where it was not measured. */
export function figure(results: Results, which: Which, name: keyof Run): number {
  return median(of(results, which, name));
}

/** Of CPU times, the median of the ratios round by round: both of a round met the same machine. */
export function ratio(results: Results, which: Which, other: Which): number {
  const others = of(results, other, "cpuMicros");
  return median(of(results, which, "cpuMicros").map((micros, index) => micros / (others[index] ?? Number.NaN)));
}

/** A dash for what was not measured. */
export function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}
