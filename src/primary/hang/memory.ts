import { readFileSync } from "node:fs";

/** Resident memory of a process, in bytes. Null: there is no such process, or no /proc. */
export function rssOf(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

/** Less may be the work of one request. Bytes. */
const NOTICEABLE = 100 * 2 ** 20;

/** Whether so much memory was taken between two looks, in bytes, as where a heap fills. Null: nobody knows. */
export function hasGrownMuch(before: number | null, now: number | null): boolean {
  return before !== null && now !== null && now - before >= NOTICEABLE && now >= 1.5 * before;
}
