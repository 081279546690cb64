import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Counter, Entry } from "../store.ts";
import { StoreTypeError } from "../unavailable.ts";
import { PAGE_SIZE } from "./open-database.ts";

/** Keys as SQLite compares them: from `start` on, before `end`. */
export interface Range {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

/** A few entries in a row, looked at in one go: by their keys, or by their ids as they were made. */
export interface Stretch<Place = Uint8Array> {
  readonly seen: number;
  /** Those of them that have not ended. */
  readonly alive: number;
  /** The last one's key or id; null: there are none. */
  readonly last: Place | null;
  /** Whether there may be more behind it. */
  readonly more: boolean;
  /** Bytes of all their values, and of those that have ended. */
  readonly size: number;
  readonly endedSize: number;
}

type StretchRow<Place> = readonly [
  seen: number,
  alive: number | null,
  last: Place | null,
  size: number | null,
  endedSize: number | null,
];

export interface Swept {
  readonly removed: number;
  /** The id to go on at; 0: it has come to the end. */
  readonly next: number;
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

/** What a page of entries is read up to, so that long values do not hold the event loop. Bytes. */
const LARGE_PAGE = 1_000_000;
/** The same for what is removed in one go: SQLite walks through a long value to let go of its pages. */
const LARGE_REMOVAL = 4_000_000;

/** No key of an app's: those begin with the letter of a room. */
const PROBE = "probe";

type Row = readonly [value: Uint8Array | string, expires: number | null];

/** The one table, call by call. Keys and values are BLOBs, since older Nodes cut a TEXT at its first NUL. Times are those of `Date.now()`. */
export class Entries {
  readonly #longest: number;
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  readonly #expire: StatementSync;
  readonly #delete: StatementSync;
  readonly #page: StatementSync;
  readonly #byKey: StatementSync;
  readonly #byId: StatementSync;
  readonly #remove: StatementSync;
  readonly #lastId: StatementSync;
  readonly #readPosition: StatementSync;
  readonly #writePosition: StatementSync;
  readonly #sweep: StatementSync;

  /** @param longest Bytes of the longest value that it takes */
  constructor(database: DatabaseSync, longest: number) {
    this.#longest = longest;
    const prepare = (sql: string): StatementSync => {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    // As TEXT a value costs a microsecond less, of three.
    const value = readsWholeText(prepare) ? "CAST(value AS TEXT)" : "value";
    this.#select = prepare(`SELECT ${value}, expires FROM entries WHERE key = ? AND ${ALIVE}`);
    this.#upsert = prepare(
      "INSERT INTO entries (key, value, expires) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires",
    );
    this.#expire = prepare(`UPDATE entries SET expires = ? WHERE key = ? AND ${ALIVE}`);
    this.#delete = prepare(`DELETE FROM entries WHERE key = ? RETURNING ${ALIVE}`);
    this.#page = prepare(`SELECT key, value FROM entries WHERE key >= ? AND key < ? AND ${ALIVE} ORDER BY key LIMIT ?`);
    const stretch = (place: "key" | "id", where: string): StatementSync =>
      prepare(
        `SELECT count(*), sum(alive), max(${place}), sum(size), sum(size) FILTER (WHERE NOT alive)
         FROM (SELECT ${place}, ${ALIVE} AS alive, length(value) AS size FROM entries WHERE ${where} ORDER BY ${place} LIMIT ?)`,
      );
    this.#byKey = stretch("key", "key >= ? AND key < ?");
    this.#byId = stretch("id", "id >= ?");
    this.#remove = prepare("DELETE FROM entries WHERE key >= ? AND key <= ?");
    this.#sweep = prepare("DELETE FROM entries WHERE id >= ? AND id <= ? AND expires <= ?");
    this.#lastId = prepare("SELECT coalesce(max(id), 0) FROM entries");
    this.#readPosition = prepare("SELECT position FROM sweep");
    this.#writePosition = prepare("UPDATE sweep SET position = ?");
  }

  get(key: string, now: number): string | null {
    const row = this.#row(key, now);
    return row === undefined ? null : text(row[0]);
  }

  /** @throws TypeError before anything is written, for a value that could never fit */
  set(key: string, value: string, ttl: number | null, now: number): void {
    const written = bytes(value);
    if (written.length > this.#longest)
      throw new TypeError(`expected a value of up to ${this.#longest} bytes, got ${written.length}`);
    this.#upsert.run(bytes(key), written, end(ttl, now));
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
    const value = Number(BigInt(before) + BigInt(by));
    if (!Number.isSafeInteger(value)) throw new StoreTypeError(key);
    const expires = row === undefined ? end(ttl, now) : row[1];
    this.#upsert.run(bytes(key), bytes(String(value)), expires);
    return { value, ttl: expires === null ? null : expires - now };
  }

  /** The first of them, so many at most: fewer where they are large. None: there are none. */
  page({ start, end }: Range, most: number, now: number): readonly Entry[] {
    const found: Entry[] = [];
    let size = 0;
    for (const row of this.#page.iterate(start, end, now, most)) {
      const [key, value] = row as unknown as readonly [Uint8Array, Uint8Array];
      found.push({ key: text(key), value: text(value) });
      size += value.length;
      if (size >= LARGE_PAGE) break;
    }
    return found;
  }

  stretch({ start, end }: Range, most: number, now: number): Stretch {
    return stretchOf<Uint8Array>(this.#byKey.get(now, start, end, most), most);
  }

  /** Removes the first of them, so many at most: fewer where they are large. Answers what they were. */
  remove(range: Range, most: number, now: number): Stretch {
    const stretch = this.stretch(range, most, now);
    if (most > 1 && stretch.size > LARGE_REMOVAL) return this.remove(range, Math.ceil(most / 4), now);
    if (stretch.last !== null) this.#remove.run(range.start, stretch.last);
    return stretch;
  }

  /** Looks at so many at most from an id on, and removes what has ended. */
  sweep(from: number, most: number, now: number): Swept {
    const { seen, alive, last, more, endedSize } = stretchOf<number>(this.#byId.get(now, from, most), most);
    if (most > 1 && endedSize > LARGE_REMOVAL) return this.sweep(from, Math.ceil(most / 4), now);
    if (last !== null && alive < seen) this.#sweep.run(from, last, now);
    return { removed: seen - alive, next: last !== null && more ? last + 1 : 0 };
  }

  /** Writes what takes a page of its own, and takes it back. */
  probe(now: number): void {
    this.set(PROBE, "x".repeat(PAGE_SIZE), null, now);
    this.destroy(PROBE, now);
  }

  /** 0: there are none. */
  get lastId(): number {
    const [id] = this.#lastId.get() as unknown as readonly [number];
    return id;
  }

  /** The id up to which the entries have been swept: whoever sweeps goes on from here. */
  get position(): number {
    const [position] = this.#readPosition.get() as unknown as readonly [number];
    return position;
  }

  set position(id: number) {
    this.#writePosition.run(id);
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

function stretchOf<Place>(row: unknown, most: number): Stretch<Place> {
  const [seen, alive, last, size, endedSize] = row as StretchRow<Place>;
  return { seen, alive: alive ?? 0, last, more: seen === most, size: size ?? 0, endedSize: endedSize ?? 0 };
}

function readsWholeText(prepare: (sql: string) => StatementSync): boolean {
  const row = prepare("SELECT CAST(x'610062' AS TEXT)").get() as unknown as readonly [string];
  return row[0].length === 3;
}

function end(ttl: number | null, now: number): number | null {
  return ttl === null ? null : now + ttl;
}
