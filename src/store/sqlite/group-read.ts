import type { Connection, Opened } from "./connection.ts";
import type { Entries } from "./entries.ts";

/** Looks at the entries. */
export type Look<T> = (entries: Entries, now: number) => T;

interface Read {
  readonly look: Look<unknown>;
  readonly settle: (answer: unknown) => void;
}

/** Reads in one go, so that the event loop is held for about 2 ms at most. */
const MOST_READS = 256;

/**
 * Reads of one turn of the event loop share one transaction: to take and leave SQLite's locks costs as much as a read. It begins after the last of them was
 * asked for, so that each sees all that was settled before it.
 */
export class GroupRead {
  readonly #connection: Connection;
  readonly #alone: <T>(look: Look<T>) => Promise<T>;
  readonly #worked: () => void;
  #waiting: Read[] = [];

  /** @param alone Reads by itself, and meets whatever failure there is */
  constructor(connection: Connection, alone: <T>(look: Look<T>) => Promise<T>, worked: () => void) {
    this.#connection = connection;
    this.#alone = alone;
    this.#worked = worked;
  }

  read<T>(look: Look<T>): Promise<T> {
    return new Promise<T>((resolve) => {
      const settle = resolve as (answer: unknown) => void;
      if (this.#waiting.push({ look, settle }) === 1) setImmediate(this.#turn);
    });
  }

  readonly #turn = (): void => {
    const batch = this.#waiting.splice(0, MOST_READS);
    if (this.#waiting.length > 0) setImmediate(this.#turn);
    const answers = batch.length > 1 ? this.#together(batch) : null;
    for (const [index, { look, settle }] of batch.entries())
      settle(answers === null ? this.#alone(look) : answers[index]);
  };

  /** Null: it did not work. */
  #together(batch: readonly Read[]): readonly unknown[] | null {
    try {
      const answers = snapshot(this.#connection.use(), (entries, now) => batch.map(({ look }) => look(entries, now)));
      this.#worked();
      return answers;
    } catch {
      return null;
    }
  }
}

function snapshot<T>({ database, entries, beginRead, commit, rollback }: Opened, look: Look<T>): T {
  beginRead.run();
  try {
    const answer = look(entries, Date.now());
    commit.run();
    return answer;
  } catch (error) {
    if (database.isTransaction) rollback.run();
    throw error;
  }
}
