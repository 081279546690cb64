import type { Crash, Death, Trace } from "../protocol/crash.ts";

/** Deaths of one cause that are not in its file yet. */
export interface Filing {
  readonly id: string;
  readonly cause: string;
  readonly last: Death;
  /** One for each death, the oldest first. */
  readonly traces: readonly Trace[];
}

/** Of one cause, for the comparison that finds a poison route. */
const MOST_TRACES = 50;

/** What its file says with these deaths in it. `before`: what it said; null: nothing. */
export function addTo(before: Crash | null, { id, cause, last, traces }: Filing): Crash {
  return {
    version: 1,
    id,
    cause,
    count: (before?.count ?? 0) + traces.length,
    firstAt: before?.firstAt ?? traces[0]?.at ?? last.at,
    lastAt: last.at,
    last,
    traces: [...(before?.traces ?? []), ...traces].slice(-MOST_TRACES),
  };
}

/** Two filings of one cause, of which neither is written. */
export function joined(before: Filing, { last, traces }: Filing): Filing {
  return { ...before, last, traces: [...before.traces, ...traces] };
}
