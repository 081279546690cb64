import type { Snapshot } from "../../protocol/control.ts";
import { eventsBetween, type Event } from "./events.ts";
import type { Poll } from "./gauges.ts";
import type { Mode } from "./keys.ts";

/** All that the screen shows. */
export interface View {
  /** The last ones, the oldest first. */
  readonly polls: readonly Poll[];
  readonly events: readonly Event[];
  readonly mode: Mode;
  /** What has come of the last key, or what is wrong. */
  readonly said: Said | null;
  /** The last lines of the log. */
  readonly log: readonly string[];
}

export interface Said {
  readonly text: string;
  readonly kind: Event["kind"];
}

const POLLS_KEPT = 21;
const EVENTS_KEPT = 100;
const LINES_KEPT = 500;

export const EMPTY: View = { polls: [], events: [], mode: "workers", said: null, log: [] };

/** @param at, now As in {@link Poll} and {@link Event}. */
export function withPoll(view: View, snapshot: Snapshot, at: number, now: number): View {
  const before = view.polls.at(-1)?.snapshot ?? null;
  const events = [...view.events, ...eventsBetween(before, snapshot, now)].slice(-EVENTS_KEPT);
  return { ...view, polls: [...view.polls, { at, snapshot }].slice(-POLLS_KEPT), events };
}

export function withLines(view: View, lines: readonly string[]): View {
  return { ...view, log: [...view.log, ...lines].slice(-LINES_KEPT) };
}
