import type { LoadPlan } from "./plan.ts";

/** How late a timer may be. */
const TICK_MS = 2;

/** Since when a request has waited, in milliseconds. */
export type Since = (index: number, now: number) => number;

/**
 * Without a rate: since it was sent. With one: since it was due, so that what an answer keeps waiting counts as well.
 * What the generator's own timer is late by does not count.
 */
export function sinceOf({ rate }: LoadPlan, began: number): Since {
  if (rate === undefined) return (_index, now) => now;
  return (index, now) => Math.min(now, began + (index / rate) * 1000 + TICK_MS);
}

/** How many requests are due by now. */
export function dueOf({ rate, requests }: LoadPlan, milliseconds: number): number {
  return rate === undefined ? requests : Math.min(requests, Math.floor((milliseconds / 1000) * rate) + 1);
}
