import { setTimeout as delay } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { checkpoint, type Log } from "./checkpoint.ts";
import { nodeSqlite } from "./node-sqlite.ts";
import { SCHEMA_VERSION } from "./open-database.ts";
import { sizeOf } from "./room.ts";

/** What the thread is given. */
export interface KeeperData {
  readonly path: string;
  /** Bytes. */
  readonly longestLog: number;
  /** The same on a slow disk. */
  readonly mostLog: number;
}

/** Milliseconds. */
const BETWEEN_LOOKS = 250;
/** The same while much is written. */
const BETWEEN_LOOKS_AT_WORK = 25;
/** So many looks without work, and it ends: an app that has gone quiet needs no thread. */
const IDLE_LOOKS = 240;
/** How long it waits for others while it keeps them from writing. Milliseconds. */
const PATIENCE = 50;

const { path, longestLog, mostLog } = workerData as KeeperData;
const database = new (nodeSqlite().DatabaseSync)(path, { timeout: PATIENCE });
database.exec("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0");
const bulk = database.prepare("PRAGMA wal_checkpoint(PASSIVE)");
/** Only looks: what `bulk` answers is of before writers added to it. SQLite before 3.51 takes it for another PASSIVE. */
const look = database.prepare("PRAGMA wal_checkpoint(NOOP)");
const rest = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)");

const log: Log = {
  bring() {
    bulk.get();
    const { log, checkpointed } = look.get() as { readonly log: number; readonly checkpointed: number };
    return log - checkpointed;
  },
  empty: () => rest.get()?.["busy"] === 0,
  begin: () => database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`),
  size: () => sizeOf(`${path}-wal`),
};

for (let idle = 0; idle < IDLE_LOOKS; idle++) {
  const work = log.size() > longestLog;
  const emptied = work && (await checkpoint({ log, mostLog, now: () => performance.now(), pause: delay }));
  if (work) idle = 0;
  await delay(emptied ? BETWEEN_LOOKS_AT_WORK : BETWEEN_LOOKS);
}
database.close();
