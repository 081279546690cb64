import { readFileSync } from "node:fs";

/** Null: none is known to run. */
export function masterOf(pidFile: string): number | null {
  const pid = Number(read(pidFile).trim());
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/** The workers of a master, and its other children. Empty where the system does not tell. */
export function workersOf(master: number): readonly number[] {
  return read(`/proc/${master}/task/${master}/children`).split(" ").filter(Boolean).map(Number);
}

/** It accepts no more, and ends what it has accepted. */
export function isLeaving(worker: number): boolean {
  return /is shutting down/.test(read(`/proc/${worker}/cmdline`));
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
