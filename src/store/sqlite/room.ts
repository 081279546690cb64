import { statfsSync } from "node:fs";
import { maxSize, type SqliteAddress } from "./open-database.ts";

/** With less than this free, a disk is full: SQLite does not say which of the two it was. Bytes. */
const NO_ROOM = 1_000_000;

/** Bytes that the volume of this file has free. */
export function roomFor(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

export function whatIsFull(address: SqliteAddress): string {
  if (address.engine === "sqlite" && roomFor(address.path) < NO_ROOM) return "the disk is full";
  return `the store is full (${maxSize(address) / 1e6} MB): raise its maxSize, or keep less for less long`;
}
