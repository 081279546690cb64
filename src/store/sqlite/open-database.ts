import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { STANDARD_MAX_SIZE, type StoreAddress } from "../../protocol/store-address.ts";
import { Failure } from "./failure.ts";
import { nodeSqlite } from "./node-sqlite.ts";

export type SqliteAddress = Extract<StoreAddress, { engine: "memory" | "sqlite" }>;

/** The number of the schema, in the file's `user_version`. A file with another one is not ours to change. */
export const SCHEMA_VERSION = 1;
export const PAGE_SIZE = 4096;

/** And of a few more, for the keys. */
const PAGES_OF_AN_EMPTY_STORE = 16;
/** What each page of a long value says of the next one. Bytes. */
const LINK = 4;

/** Should no keeper bring the log into the file, SQLite itself does at 256 MB, in the event loop of the one who writes. */
const SAFETY_NET_PAGES = 64 * 1024;
/** The same where there can be no keeper: 4 MB. */
const SMALL_LOG_PAGES = 1000;

/** Opens it, made where it is missing: for its owner's eyes only. @throws Failure, errors of SQLite and of the file system */
export function openDatabase(address: SqliteAddress): DatabaseSync {
  if (address.engine === "sqlite") makeFile(address.path);
  const { DatabaseSync } = nodeSqlite();
  // Without a busy handler (it would sleep in the event loop): who meets a lock hears so at once.
  const database = new DatabaseSync(address.engine === "memory" ? ":memory:" : address.path, { timeout: 0 });
  try {
    if (address.engine === "sqlite") shareFile(database);
    database.exec(`PRAGMA max_page_count = ${Math.floor(maxSize(address) / PAGE_SIZE)}`);
    makeTable(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

export function maxSize(address: SqliteAddress): number {
  return address.engine === "sqlite" ? address.maxSize : STANDARD_MAX_SIZE;
}

/** Bytes of a value that would fit, were the store empty. */
export function longestValue(address: SqliteAddress): number {
  return (Math.floor(maxSize(address) / PAGE_SIZE) - PAGES_OF_AN_EMPTY_STORE) * (PAGE_SIZE - LINK);
}

function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (const file of [path, keeperFile(path)]) makeEmpty(file);
}

/** Whose lock says who keeps the database; see keeper.ts. It is there from the beginning, since on a full disk it could not be made. */
export function keeperFile(path: string): string {
  return `${path}-keeper`;
}

/** Never opens a file that is there: closing it again would drop the locks that SQLite has on it in this process. */
function makeEmpty(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function shareFile(database: DatabaseSync): void {
  const row = database.prepare("PRAGMA journal_mode = WAL").get();
  if (row?.["journal_mode"] !== "wal")
    throw new Failure("reopen", "its file system cannot share a file between processes");
  database.exec(
    `PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${SAFETY_NET_PAGES}; PRAGMA cache_size = -8000`,
  );
}

/** For a process that cannot have the keeper's thread. */
export function keepItself(database: DatabaseSync): void {
  database.exec(`PRAGMA wal_autocheckpoint = ${SMALL_LOG_PAGES}`);
}

function makeTable(database: DatabaseSync): void {
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (version === SCHEMA_VERSION) return;
  if (version !== 0) throw new Failure("reopen", "its file is of another version of Drover");
  // Not WITHOUT ROWID: to find a key among rows with long values SQLite would read those values. The value comes last, for the same reason.
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, expires INTEGER, key BLOB NOT NULL UNIQUE, value BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS sweep (position INTEGER NOT NULL);
    INSERT INTO sweep SELECT 0 WHERE NOT EXISTS (SELECT * FROM sweep);
    PRAGMA user_version = ${SCHEMA_VERSION};
    COMMIT`);
}
