import type { Entries } from "./entries.ts";

/**
 * Removes what has ended. No index says what that is: it would triple what every write costs. Instead each write pays for a look at a few entries, in the order
 * they were made and round again, so that in steady use at most about a quarter of the entries have ended. The file keeps the place: processes that live for a
 * short time would else all sweep the same beginning.
 */
const LOOKS_FOR_A_WRITE = 4;
/** As many as a few hundred microseconds allow. */
const STEP = 400;
/** For a store that is full: a few milliseconds, should all of them go. */
const LONG_STEP = 1000;
/** Steps without a find cost less. */
const MOST_LONG_STEPS = 10;

export class Sweeper {
  readonly #chance: number;
  #owed: number;
  /** Where it goes on in a full store. */
  #from: number | null = null;

  /** @param chance From 0 to 1: where it begins in a full store, and how soon it is this process's turn, since some end before */
  constructor(chance: number) {
    this.#chance = chance;
    this.#owed = Math.floor(chance * STEP);
  }

  /** In the transaction of so many writes. */
  owe(writes: number, entries: Entries, now: number): void {
    this.#owed += writes * LOOKS_FOR_A_WRITE;
    if (this.#owed < STEP) return;
    this.#owed = 0;
    entries.position = entries.sweep(entries.position, STEP, now).next;
  }

  /** In a store that is full, and from anywhere: what lives long may be all that is near. Answers how many it has removed. */
  makeRoom(entries: Entries, now: number): number {
    let from = this.#from ?? Math.floor(this.#chance * entries.lastId);
    let found = 0;
    for (let steps = 0; found === 0 && steps < MOST_LONG_STEPS; steps++) {
      const { removed, next } = entries.sweep(from, LONG_STEP, now);
      found = removed;
      from = next;
    }
    this.#from = from;
    return found;
  }
}
