import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Counter, Entry } from "../store.ts";
import { StoreTypeError } from "../unavailable.ts";

/** Keys as SQLite compares them: from `start` on, before `end`. */
export interface Range {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

/** A few neighbouring entries, looked at in one go. */
export interface Stretch {
  readonly seen: number;
  /** Those of them that have not ended. */
  readonly alive: number;
  /** The last one's key; null: there are none. */
  readonly last: Uint8Array | null;
}

/** Well-formed text never has this byte in UTF-8, so it sorts behind all that follows a prefix. */
const BEHIND_ALL = Buffer.of(0xff);

export function rangeOf(prefix: string): Range {
  const start = bytes(prefix);
  return { start, end: Buffer.concat([start, BEHIND_ALL]) };
}

/** The smallest key behind this one. */
export function behind(key: Uint8Array): Uint8Array {
  return Buffer.concat([key, Buffer.of(0)]);
}

/** What SQLite and Redis both count with. */
const WHOLE = /^(0|-?[1-9]\d*)$/;
const ALIVE = "(expires IS NULL OR expires > ?)";

type Row = readonly [value: Uint8Array | string, expires: number | null];

/** The one table, call by call. Keys and values are BLOBs, since older Nodes cut a TEXT at its first NUL. Times are those of `Date.now()`. */
export class Entries {
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  readonly #expire: StatementSync;
  readonly #delete: StatementSync;
  readonly #page: StatementSync;
  readonly #stretch: StatementSync;
  readonly #remove: StatementSync;
  readonly #nth: StatementSync;
  readonly #sweep: StatementSync;

  constructor(database: DatabaseSync) {
    const prepare = (sql: string): StatementSync => {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    // As TEXT a value costs a microsecond less, of three.
    const value = readsWholeText(prepare) ? "CAST(value AS TEXT)" : "value";
    this.#select = prepare(`SELECT ${value}, expires FROM entries WHERE key = ? AND ${ALIVE}`);
    this.#upsert = prepare(
      "INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires",
    );
    this.#expire = prepare(`UPDATE entries SET expires = ? WHERE key = ? AND ${ALIVE}`);
    this.#delete = prepare(`DELETE FROM entries WHERE key = ? RETURNING ${ALIVE}`);
    this.#page = prepare(`SELECT key, value FROM entries WHERE key >= ? AND key < ? AND ${ALIVE} ORDER BY key LIMIT ?`);
    this.#stretch = prepare(
      `SELECT count(*), coalesce(sum(${ALIVE}), 0), max(key) FROM (SELECT key, expires FROM entries WHERE key >= ? AND key < ? ORDER BY key LIMIT ?)`,
    );
    this.#remove = prepare("DELETE FROM entries WHERE key >= ? AND key <= ?");
    this.#nth = prepare("SELECT key FROM entries WHERE key >= ? ORDER BY key LIMIT 1 OFFSET ?");
    this.#sweep = prepare("DELETE FROM entries WHERE key >= ? AND key <= ? AND expires <= ?");
  }

  get(key: string, now: number): string | null {
    const row = this.#row(key, now);
    return row === undefined ? null : text(row[0]);
  }

  set(key: string, value: string, ttl: number | null, now: number): void {
    this.#upsert.run(bytes(key), bytes(value), end(ttl, now));
  }

  touch(key: string, ttl: number | null, now: number): boolean {
    return this.#expire.run(end(ttl, now), bytes(key), now).changes === 1;
  }

  destroy(key: string, now: number): boolean {
    const row = this.#delete.get(bytes(key), now) as unknown as readonly [alive: number] | undefined;
    return row?.[0] === 1;
  }

  /** @throws StoreTypeError before anything is written */
  incr(key: string, by: number, ttl: number | null, now: number): Counter {
    const row = this.#row(key, now);
    const before = row === undefined ? "0" : text(row[0]);
    if (!WHOLE.test(before)) throw new StoreTypeError(key);
    const value = Number(before) + by;
    const expires = row === undefined ? end(ttl, now) : row[1];
    this.#upsert.run(bytes(key), bytes(String(value)), expires);
    return { value, ttl: expires === null ? null : expires - now };
  }

  page({ start, end }: Range, most: number, now: number): readonly Entry[] {
    const rows = this.#page.all(start, end, now, most) as unknown as readonly (readonly [Uint8Array, Uint8Array])[];
    return rows.map(([key, value]) => ({ key: text(key), value: text(value) }));
  }

  stretch({ start, end }: Range, most: number, now: number): Stretch {
    const row = this.#stretch.get(now, start, end, most);
    const [seen, alive, last] = row as unknown as readonly [number, number, Uint8Array | null];
    return { seen, alive, last };
  }

  /** Removes the first of them and answers what they were. */
  remove(range: Range, most: number, now: number): Stretch {
    const stretch = this.stretch(range, most, now);
    if (stretch.last !== null) this.#remove.run(range.start, stretch.last);
    return stretch;
  }

  /** The key of the so manieth entry from here on, where there are as many. */
  nth(start: Uint8Array, count: number): Uint8Array | null {
    const row = this.#nth.get(start, count - 1) as unknown as readonly [Uint8Array] | undefined;
    return row?.[0] ?? null;
  }

  /** Removes what has ended from the first to the last key and answers how many those were. */
  sweep(first: Uint8Array, last: Uint8Array, now: number): number {
    return Number(this.#sweep.run(first, last, now).changes);
  }

  #row(key: string, now: number): Row | undefined {
    return this.#select.get(bytes(key), now) as unknown as Row | undefined;
  }
}

export function bytes(written: string): Uint8Array {
  return Buffer.from(written);
}

function text(value: Uint8Array | string): string {
  if (typeof value === "string") return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
}

function readsWholeText(prepare: (sql: string) => StatementSync): boolean {
  const row = prepare("SELECT CAST(x'610062' AS TEXT)").get() as unknown as readonly [string];
  return row[0].length === 3;
}

function end(ttl: number | null, now: number): number | null {
  return ttl === null ? null : now + ttl;
}
