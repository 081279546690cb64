import { readFileSync } from "node:fs";

/** What the kernel says of a process. */
export interface ProcessStat {
  /** One letter, as in `man proc_pid_stat`: R runs, S sleeps, D waits for a disk, T is stopped, t is traced, Z and X are what is left of a dead one. */
  readonly state: string;
  readonly parent: number;
  /** Ticks since the boot. */
  readonly start: string;
}

/** Null: there is no such process, or no /proc. */
export function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return null;
  }
}

/** What is left of it waits to be buried. */
export function hasEnded({ state }: Pick<ProcessStat, "state">): boolean {
  return /[ZXx]/.test(state);
}

/** The third, the fourth and the 22nd field. The second is the command's name, in which anything may be. */
export function parseStat(stat: string): ProcessStat | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent = "", start = ""] = [fields[0], fields[1], fields[19]];
  return /^\d+$/.test(start) ? { state, parent: Number(parent), start } : null;
}
