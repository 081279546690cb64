import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** As much as a person reads of it. Bytes. */
const ENOUGH = 2_000;

/**
 * Answers the last that is written to our stderr from now on, by whoever else has it: a process that dies before it can speak to us says why there.
 * @param fd Default: stderr
 */
export function listenAtStderr(fd = 2): () => string {
  const before = sizeOf(fd);
  return () => {
    if (before === null) return "";
    try {
      return tail(`/proc/self/fd/${fd}`, before);
    } catch {
      return "";
    }
  };
}

/** Our own descriptor is for writing alone. The file may be that of a service, of any size, and rotated away. */
function tail(path: string, from: number): string {
  const file = openSync(path, "r");
  try {
    const start = Math.max(from, fstatSync(file).size - ENOUGH);
    const bytes = Buffer.alloc(ENOUGH);
    const text = bytes.toString("utf8", 0, readSync(file, bytes, 0, ENOUGH, start));
    return (start > from ? text.slice(text.indexOf("\n") + 1) : text).trim();
  } finally {
    closeSync(file);
  }
}

/** Null: no file, so that nobody can read what was written. */
function sizeOf(fd: number): number | null {
  const stats = fstatSync(fd);
  return stats.isFile() ? stats.size : null;
}
