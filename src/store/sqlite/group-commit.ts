import type { Connection, Opened } from "./connection.ts";
import type { Entries } from "./entries.ts";
import { Failure, failureOf } from "./failure.ts";
import { PATIENCE, pauseOf, SHORTEST_PAUSE } from "./patience.ts";
import { Sweeper } from "./sweeper.ts";

/** Changes the entries inside a transaction. It may run several times; the last one counts. */
export type Change<T> = (entries: Entries, now: number) => T;

interface Write {
  readonly change: Change<unknown>;
  readonly settle: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
  swept: boolean;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Writes of one transaction, so that the event loop is held for about 2 ms at most. */
const MOST_WRITES = 256;

/** For so long after it met another writer it reckons with more of them. Milliseconds. */
const COMPANY = 100;

/** A full store with nothing that has ended must not keep the event loop busy with looking for it. Milliseconds. */
const BETWEEN_VAIN_SWEEPS = 50;

/**
 * Writes of one turn of the event loop become one transaction, and their promises are settled after its commit. While another process writes, it tries again
 * after a moment: nothing waits inside SQLite.
 */
export class GroupCommit {
  readonly #connection: Connection;
  readonly #sweeper = new Sweeper(Math.random());
  readonly #failed: (failure: Failure) => Error;
  readonly #worked: () => void;
  #waiting: Write[] = [];
  #scheduled = false;
  #most = MOST_WRITES;
  #lastBusy = -Infinity;
  #nextSweep = -Infinity;

  /** @param failed Makes the error that a write in vain is rejected with */
  constructor(connection: Connection, failed: (failure: Failure) => Error, worked: () => void) {
    this.#connection = connection;
    this.#failed = failed;
    this.#worked = worked;
  }

  write<T>(change: Change<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = resolve as (value: unknown) => void;
      this.#waiting.push({ change, settle, reject, since: performance.now(), swept: false });
      if (this.#scheduled) return;
      this.#schedule(0);
    });
  }

  /** Where others write as well, it lets them have the file in between: they try only now and then, and would go empty-handed. */
  #schedule(pause: number): void {
    this.#scheduled = true;
    const atLeast = performance.now() - this.#lastBusy < COMPANY ? SHORTEST_PAUSE : 0;
    if (pause === 0 && atLeast === 0) setImmediate(this.#turn);
    else setTimeout(this.#turn, Math.max(pause, atLeast));
  }

  readonly #turn = (): void => {
    const batch = this.#waiting.slice(0, this.#most);
    const failure = this.#commit(batch);
    const pause = failure === null ? 0 : this.#meet(failure, batch);
    if (this.#waiting.length === 0) this.#scheduled = false;
    else this.#schedule(pause);
  };

  /** Null: all of them are settled. */
  #commit(batch: readonly Write[]): Failure | null {
    let opened: Opened;
    let outcomes: readonly Outcome[];
    try {
      opened = this.#connection.use();
      outcomes = transaction(opened, (entries, now) => {
        const outcomes = batch.map(({ change }) => attempt(change, entries, now));
        this.#sweeper.owe(batch.length, entries, now);
        return outcomes;
      });
    } catch (error) {
      return failureOf(error) ?? new Failure("refuse", String(error), { cause: error });
    }
    this.#waiting.splice(0, batch.length);
    this.#most = Math.min(MOST_WRITES, this.#most * 2);
    this.#worked();
    for (const [index, outcome] of outcomes.entries()) {
      if ("error" in outcome) batch[index]?.reject(outcome.error);
      else batch[index]?.settle(outcome.value);
    }
    opened.keeper?.look();
    return null;
  }

  /** Answers in how many milliseconds to go on. */
  #meet(failure: Failure, batch: readonly Write[]): number {
    if (failure.remedy === "again") return this.#again(failure);
    if (failure.remedy === "reopen") {
      this.#connection.doubt();
      this.#rejectFirst(batch.length, failure);
    } else if (batch.length > 1) {
      // One of them may be at fault: each alone.
      this.#most = 1;
    } else if (failure.remedy === "refuse" || !this.#makeRoom(batch)) {
      this.#rejectFirst(1, failure);
    }
    return 0;
  }

  #again(failure: Failure): number {
    const pause = pauseOf(Math.random());
    this.#lastBusy = performance.now();
    const tooOld = this.#lastBusy + pause - PATIENCE;
    const late = this.#waiting.findIndex(({ since }) => since > tooOld);
    this.#rejectFirst(late === -1 ? this.#waiting.length : late, failure);
    return pause;
  }

  /** Whether the write may try once more. */
  #makeRoom([write]: readonly Write[]): boolean {
    const now = performance.now();
    if (write === undefined || write.swept || now < this.#nextSweep) return false;
    write.swept = true;
    this.#nextSweep = now + BETWEEN_VAIN_SWEEPS;
    try {
      const opened = this.#connection.use();
      const removed = transaction(opened, (entries, now) => this.#sweeper.makeRoom(entries, now));
      if (removed > 0) this.#nextSweep = now;
      return removed > 0;
    } catch {
      return false;
    }
  }

  #rejectFirst(count: number, failure: Failure): void {
    for (const { reject } of this.#waiting.splice(0, count)) reject(this.#failed(failure));
  }
}

function attempt(change: Change<unknown>, entries: Entries, now: number): Outcome {
  try {
    return { value: change(entries, now) };
  } catch (error) {
    // A mistake of the one who called is nobody else's trouble.
    if (failureOf(error) === null) return { error };
    throw error;
  }
}

function transaction<T>({ database, begin, commit, rollback, entries }: Opened, work: Change<T>): T {
  begin.run();
  try {
    const answer = work(entries, Date.now());
    commit.run();
    return answer;
  } catch (error) {
    // SQLite itself has rolled back where the disk was full.
    if (database.isTransaction) rollback.run();
    throw error;
  }
}
