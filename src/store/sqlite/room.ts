import { statfsSync, statSync } from "node:fs";
import { maxSize, type SqliteAddress } from "./open-database.ts";

// Looks that decide little: a disk that does not answer them is told of by the next write.

/** With less than this free, a disk is full: SQLite does not say which of the two it was. Bytes. */
const NO_ROOM = 1_000_000;

/** Bytes that the volume of this file has free. */
export function roomFor(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}

/** Bytes; 0: there is no such file. */
export function sizeOf(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return 0;
  }
}

export function whatIsFull(address: SqliteAddress): string {
  if (address.engine === "sqlite" && roomFor(address.path) < NO_ROOM) return "the disk is full";
  return `the store is full (${maxSize(address) / 1e6} MB): raise its maxSize, or keep less for less long`;
}
