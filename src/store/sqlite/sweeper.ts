import { behind, rangeOf, type Entries } from "./entries.ts";

/**
 * Removes what has ended. No index says what that is: it would triple what every write costs. Instead each write pays for a look at a few entries, in the order of
 * their keys and round again, so that in the long run at most about a quarter of the file is what has ended.
 */
const LOOKS_FOR_A_WRITE = 4;
/** As many as a few hundred microseconds allow. */
const STEP = 400;
/** For a store that is full: a few milliseconds, should all of them go. */
export const LONG_STEP = 1000;
const EVERYTHING = rangeOf("");

export class Sweeper {
  #from: Uint8Array = EVERYTHING.start;
  #owed = 0;

  /** In the transaction of so many writes. */
  owe(writes: number, entries: Entries, now: number): void {
    this.#owed += writes * LOOKS_FOR_A_WRITE;
    if (this.#owed < STEP) return;
    this.#owed = 0;
    this.step(entries, now, STEP);
  }

  /** Looks at the next so many entries and answers how many of them it has removed. */
  step(entries: Entries, now: number, most: number): number {
    const last = entries.nth(this.#from, most);
    const removed = entries.sweep(this.#from, last ?? EVERYTHING.end, now);
    this.#from = last === null ? EVERYTHING.start : behind(last);
    return removed;
  }
}
