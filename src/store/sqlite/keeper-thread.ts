import type { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { nodeSqlite } from "./node-sqlite.ts";
import { SCHEMA_VERSION } from "./open-database.ts";
import { sizeOf } from "./room.ts";

/** What the thread is given. */
export interface KeeperData {
  readonly path: string;
  /** Bytes. */
  readonly longestLog: number;
}

/** Milliseconds. */
const BETWEEN_LOOKS = 250;
/** The same while much is written. */
const BETWEEN_LOOKS_AT_WORK = 25;
/** So many looks without work, and it ends: an app that has gone quiet needs no thread. */
const IDLE_LOOKS = 240;
/** How long it waits for others while it keeps them from writing. Milliseconds. */
const PATIENCE = 50;
/** A rest so short does not keep writers waiting. Pages. */
const SHORT_REST = 250;
const MOST_ROUNDS = 8;

const { path, longestLog } = workerData as KeeperData;
const database = new (nodeSqlite().DatabaseSync)(path, { timeout: PATIENCE });
database.exec("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0");
for (let idle = 0; idle < IDLE_LOOKS; idle++) {
  const work = sizeOf(`${path}-wal`) > longestLog;
  if (work) {
    checkpoint(database);
    idle = 0;
  }
  await delay(work ? BETWEEN_LOOKS_AT_WORK : BETWEEN_LOOKS);
}
database.close();

/**
 * The bulk goes over beside the writers, who go on adding to the log; the rest, which also begins the log anew, while they wait. A first write follows, since
 * whoever writes first to a new log waits for the disk.
 */
function checkpoint(database: DatabaseSync): void {
  const bulk = database.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { log, checkpointed } = bulk.get() as { readonly log: number; readonly checkpointed: number };
    if (log - checkpointed <= SHORT_REST) break;
  }
  const rest = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  if (rest?.["busy"] === 0) database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}
