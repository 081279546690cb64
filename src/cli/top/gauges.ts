import type { Snapshot, WorkerStatus } from "../../protocol/control.ts";
import { DURATION_BOUNDS } from "../../protocol/durations.ts";

/** The app at a time, in milliseconds of a clock that only goes forward. */
export interface Poll {
  readonly at: number;
  readonly snapshot: Snapshot;
}

/** Of one worker, or of all. Null: not known. */
export interface Gauges {
  /** Requests answered a second, between the last two polls. */
  readonly rate: number | null;
  /** The same from poll to poll, the oldest first; 0 where it is not known. */
  readonly rates: readonly number[];
  /** Milliseconds, by the requests of all these polls; null: there was none. Infinity: above all bounds. */
  readonly p50: number | null;
  readonly p99: number | null;
}

/** @param polls The oldest first. @param pid Of a worker; null: of all together. */
export function gaugesOf(polls: readonly Poll[], pid: number | null): Gauges {
  const steps = polls.slice(1).map((poll, index) => rateOf(polls[index] as Poll, poll, pid));
  const counts = durationsOf(polls, pid);
  return {
    rate: steps.at(-1) ?? null,
    rates: steps.map((rate) => rate ?? 0),
    p50: quantile(counts, 0.5),
    p99: quantile(counts, 0.99),
  };
}

function rateOf(before: Poll, after: Poll, pid: number | null): number | null {
  const growth = chosen(after, pid).map((worker) => {
    if (worker.requests === null) return null;
    const former = before.snapshot.workers.find((one) => one.pid === worker.pid);
    return former === undefined ? worker.requests : former.requests === null ? null : worker.requests - former.requests;
  });
  const known = growth.filter((count) => count !== null);
  if (known.length === 0) return null;
  return (1000 * known.reduce((sum, count) => sum + count, 0)) / Math.max(1, after.at - before.at);
}

/** How many requests took how long since the first of these polls. */
function durationsOf(polls: readonly Poll[], pid: number | null): readonly number[] {
  const last = polls.at(-1);
  const sums = Array.from({ length: DURATION_BOUNDS.length + 1 }, () => 0);
  if (last === undefined) return sums;
  for (const worker of chosen(last, pid)) {
    const since = firstKnown(polls, worker.pid);
    for (const [index, count] of (worker.durations ?? []).entries())
      sums[index] = (sums[index] ?? 0) + count - (since?.[index] ?? 0);
  }
  return sums;
}

/** Null: it was not there at the first of these polls, so that all it has counted has been counted since. */
function firstKnown(polls: readonly Poll[], pid: number): readonly number[] | null {
  const found = polls.map(({ snapshot }) => snapshot.workers.find((worker) => worker.pid === pid));
  if (found[0] === undefined) return null;
  return found.find((worker) => Array.isArray(worker?.durations))?.durations ?? null;
}

function chosen({ snapshot }: Poll, pid: number | null): readonly WorkerStatus[] {
  return pid === null ? snapshot.workers : snapshot.workers.filter((worker) => worker.pid === pid);
}

/** Within the bucket that it falls into, all durations are taken to be equally frequent. */
export function quantile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return null;
  let rest = share * total;
  for (const [index, bound] of DURATION_BOUNDS.entries()) {
    const count = counts[index] ?? 0;
    const lower = DURATION_BOUNDS[index - 1] ?? 0;
    if (count > 0 && rest <= count) return 1000 * (lower + (bound - lower) * (rest / count));
    rest -= count;
  }
  return Infinity;
}
