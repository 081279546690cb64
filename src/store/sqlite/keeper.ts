import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { ownFile } from "../../own-files.ts";
import type { KeeperData } from "./keeper-thread.ts";
import { nodeSqlite } from "./node-sqlite.ts";
import { keeperFile, type SqliteAddress } from "./open-database.ts";
import { roomFor, sizeOf } from "./room.ts";

const THREAD = ownFile("store/sqlite/keeper-thread");

/** From one look at the log's size to the next. Milliseconds. */
const BETWEEN_LOOKS = 250;
/** From one attempt to be the keeper to the next, so that the others leave it alone. Milliseconds. */
const BETWEEN_TRIES = 1000;
/** The log is brought into the file when it is larger; on a small volume, sooner. Seldom, since writers wait for the end of it. Bytes. */
const LONGEST_LOG = 16_000_000;
const SHORTEST_LOG = 100_000;
/** On a slow disk it may be so many times as long. */
const PATIENT = 8;

/**
 * Every write goes to SQLite's log, which must be brought into the file now and then (a checkpoint), and that waits for the disk. So it is done in a thread, by one
 * process of all that share the file: the one that holds a lock on a second, empty database beside it. The kernel frees the lock of a process that dies. A
 * process that writes little never has the thread.
 */
export class Keeper {
  readonly #path: string;
  readonly #longestLog: number;
  readonly #mostLog: number;
  readonly #forbidden: () => void;
  #nextLook = 0;
  #thread: Worker | null = null;
  #lock: DatabaseSync | null = null;

  /** @param forbidden Called when this process cannot have threads */
  constructor(address: Extract<SqliteAddress, { engine: "sqlite" }>, forbidden: () => void) {
    this.#forbidden = forbidden;
    this.#path = address.path;
    const room = roomFor(address.path);
    this.#longestLog = longestLog(address.maxSize, room);
    this.#mostLog = mostLog(this.#longestLog, room);
  }

  /** After each write: cheap, and nearly always nothing. */
  look(): void {
    const now = performance.now();
    if (now < this.#nextLook || this.#thread !== null) return;
    this.#nextLook = now + BETWEEN_LOOKS;
    if (sizeOf(`${this.#path}-wal`) <= this.#longestLog) return;
    this.#nextLook = now + BETWEEN_TRIES;
    if (this.#takeLock()) this.#start();
  }

  close(): void {
    void this.#thread?.terminate();
    this.#leave();
  }

  #takeLock(): boolean {
    try {
      this.#lock = new (nodeSqlite().DatabaseSync)(keeperFile(this.#path), { timeout: 0 });
      this.#lock.exec("BEGIN EXCLUSIVE");
      return true;
    } catch {
      // Somebody else is the keeper, or the disk is no good: then every write says so.
      this.#leave();
      return false;
    }
  }

  #start(): void {
    const workerData: KeeperData = { path: this.#path, longestLog: this.#longestLog, mostLog: this.#mostLog };
    try {
      // Nothing of the app's: neither its flags nor what NODE_OPTIONS preloads.
      const thread = new Worker(THREAD, { workerData, execArgv: [], env: {}, name: "drover-store" });
      thread.unref();
      // It may die (the disk fails, there is no memory): another one starts at the next need.
      thread.on("error", () => undefined);
      thread.once("exit", () => this.#leave());
      this.#thread = thread;
    } catch {
      // Node's permission model needs --allow-worker.
      this.#leave();
      this.#forbidden();
    }
  }

  #leave(): void {
    this.#thread = null;
    this.#lock?.close();
    this.#lock = null;
  }
}

/** @param room Bytes that the volume has free */
export function longestLog(maxSize: number, room: number): number {
  return Math.max(SHORTEST_LOG, Math.min(LONGEST_LOG, maxSize / 8, room / 8));
}

/** On a slow disk. */
export function mostLog(longest: number, room: number): number {
  return Math.max(longest, Math.min(longest * PATIENT, room / 4));
}
