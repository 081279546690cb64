import type { DatabaseSync } from "node:sqlite";
import type { StoreAddress } from "../../protocol/store-address.ts";
import type { Counter, Entry, Store } from "../store.ts";
import { StoreTypeError, StoreUnavailable } from "../unavailable.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL, expires INTEGER) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ending ON entries (expires) WHERE expires IS NOT NULL;
`;

export function openSqliteStore(address: Extract<StoreAddress, { engine: "memory" | "sqlite" }>, name: string): Store {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(address.engine === "memory" ? ":memory:" : address.path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 250");
  database.exec(SCHEMA);
  return new SqliteStore(name, database);
}

/** A first engine, without what makes it fast: each call is a transaction of its own. */
class SqliteStore implements Store {
  readonly name: string;
  readonly #open: DatabaseSync;

  constructor(name: string, database: DatabaseSync) {
    this.name = name;
    this.#open = database;
  }

  get #database(): DatabaseSync {
    if (!this.#open.isOpen) throw new StoreUnavailable(this.name, "it was closed");
    return this.#open;
  }

  async get(key: string): Promise<string | null> {
    const sql = "SELECT value FROM entries WHERE key = ? AND (expires IS NULL OR expires > ?)";
    const row = this.#database.prepare(sql).get(bytes(key), Date.now());
    return row === undefined ? null : text(row["value"]);
  }

  async set(key: string, value: string, ttl: number | null): Promise<void> {
    const sql = "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)";
    this.#database.prepare(sql).run(bytes(key), bytes(value), ends(ttl));
  }

  async touch(key: string, ttl: number | null): Promise<boolean> {
    const sql = "UPDATE entries SET expires = ? WHERE key = ? AND (expires IS NULL OR expires > ?)";
    return this.#database.prepare(sql).run(ends(ttl), bytes(key), Date.now()).changes === 1;
  }

  async destroy(key: string): Promise<boolean> {
    const sql = "DELETE FROM entries WHERE key = ? RETURNING expires IS NULL OR expires > ? AS alive";
    return this.#database.prepare(sql).get(bytes(key), Date.now())?.["alive"] === 1;
  }

  async incr(key: string, by: number, ttl: number | null): Promise<Counter> {
    const sql = "SELECT value, expires FROM entries WHERE key = ? AND (expires IS NULL OR expires > ?)";
    const row = this.#database.prepare(sql).get(bytes(key), Date.now());
    const before = row === undefined ? "0" : text(row["value"]);
    if (!/^(0|-?[1-9]\d*)$/.test(before)) throw new StoreTypeError(key);
    const value = Number(before) + by;
    const left = row === undefined ? ttl : row["expires"] === null ? null : Number(row["expires"]) - Date.now();
    await this.set(key, String(value), left);
    return { value, ttl: left };
  }

  async all(prefix: string): Promise<readonly Entry[]> {
    const sql =
      "SELECT key, value FROM entries WHERE substr(key, 1, ?) = ? AND (expires IS NULL OR expires > ?) ORDER BY key";
    const start = bytes(prefix);
    const rows = this.#database.prepare(sql).all(start.length, start, Date.now());
    return rows.map((row) => ({ key: text(row["key"]), value: text(row["value"]) }));
  }

  async length(prefix: string): Promise<number> {
    return (await this.all(prefix)).length;
  }

  async clear(prefix: string): Promise<number> {
    const entries = await this.all(prefix);
    for (const { key } of entries) await this.destroy(key);
    return entries.length;
  }

  async close(): Promise<void> {
    if (this.#open.isOpen) this.#open.close();
  }
}

const bytes = (written: string): Uint8Array => Buffer.from(written);
const text = (value: unknown): string => Buffer.from(value as Uint8Array).toString();
const ends = (ttl: number | null): number | null => (ttl === null ? null : Date.now() + ttl);
