import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Entries } from "./entries.ts";
import { Failure, failureOf } from "./failure.ts";
import { Keeper } from "./keeper.ts";
import { keepItself, longestValue, openDatabase, type SqliteAddress } from "./open-database.ts";

/** An open database and what belongs to this opening of it. */
export interface Opened {
  readonly database: DatabaseSync;
  readonly entries: Entries;
  readonly begin: StatementSync;
  readonly beginRead: StatementSync;
  readonly commit: StatementSync;
  readonly rollback: StatementSync;
  /** Null: nothing is to be kept in memory. */
  readonly keeper: Keeper | null;
  readonly inode: number | null;
}

/** How often it looks whether the file is still the same, and tries to open one that could not be opened. Milliseconds. */
const BETWEEN_LOOKS = 1000;

/** The database while it can be opened: made anew when somebody removed it, opened again when it was no good. All of it on demand. */
export class Connection {
  readonly #address: SqliteAddress;
  #opened: Opened | null = null;
  #away: Failure | null = null;
  #closed = false;
  #doubted = false;
  #nextLook = -Infinity;

  constructor(address: SqliteAddress) {
    this.#address = address;
  }

  /** @throws Failure */
  use(): Opened {
    const now = performance.now();
    if (now < this.#nextLook) {
      if (this.#opened !== null) return this.#opened;
      if (this.#away !== null) throw this.#away;
    }
    if (this.#closed) throw new Failure("refuse", "it was closed");
    this.#nextLook = now + BETWEEN_LOOKS;
    if (this.#opened !== null && !this.#doubted && inodeOf(this.#address) === this.#opened.inode) return this.#opened;
    return this.#reopen();
  }

  /** What this connection is good for is to be found out by another one, in a moment; until then it does what it can. */
  doubt(): void {
    this.#doubted = true;
  }

  close(): void {
    this.#closed = true;
    this.#nextLook = -Infinity;
    this.#letGo();
  }

  #reopen(): Opened {
    this.#letGo();
    try {
      this.#opened = open(this.#address);
      return this.#opened;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null) throw error;
      this.#away = failure;
      if (failure.remedy === "again") this.#nextLook = -Infinity;
      throw failure;
    }
  }

  #letGo(): void {
    this.#opened?.keeper?.close();
    this.#opened?.database.close();
    this.#opened = null;
    this.#away = null;
    this.#doubted = false;
  }
}

function open(address: SqliteAddress): Opened {
  const database = openDatabase(address);
  return {
    database,
    entries: new Entries(database, longestValue(address)),
    begin: database.prepare("BEGIN IMMEDIATE"),
    beginRead: database.prepare("BEGIN"),
    commit: database.prepare("COMMIT"),
    rollback: database.prepare("ROLLBACK"),
    keeper: address.engine === "sqlite" ? new Keeper(address, () => keepItself(database)) : null,
    inode: inodeOf(address),
  };
}

/** Null: there is no such file, or it is in memory. */
function inodeOf(address: SqliteAddress): number | null {
  return address.engine === "sqlite" ? (statSync(address.path, { throwIfNoEntry: false })?.ino ?? null) : null;
}
