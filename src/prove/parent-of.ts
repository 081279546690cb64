import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { readStat } from "../record/process-stat.ts";

/** The pid of a process's parent; null: there is no such process here. */
export async function parentOf(pid: number): Promise<number | null> {
  if (process.platform === "linux") return readStat(pid)?.parent ?? null;
  try {
    return await parentByPs(pid);
  } catch {
    return null;
  }
}

async function parentByPs(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "ppid=", "-p", String(pid)]);
  return Number(stdout);
}
