import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hasEnded, readStat } from "./process-stat.ts";

/** A process. The kernel gives a pid to another one later; that one has started at another time. */
export interface ProcessName {
  readonly pid: number;
  /** When it started, as this machine says it: to be compared, never read. */
  readonly start: string;
}

/** When the process that has this pid now started; null where there is none, or only what is left of a dead one. */
export type StartOf = (pid: number) => string | null;

/** @returns null for a process that has ended */
export function nameProcess(pid: number, startOf: StartOf = startOfProcess): ProcessName | null {
  const start = startOf(pid);
  return start === null ? null : { pid, start };
}

export function lives({ pid, start }: ProcessName, startOf: StartOf = startOfProcess): boolean {
  return startOf(pid) === start;
}

/** Sends a signal to that very process, never to another one with its pid. Answers whether it was there. */
export function signalProcess(
  name: ProcessName,
  signal: NodeJS.Signals,
  startOf: StartOf = startOfProcess,
  kill: (pid: number, signal: NodeJS.Signals) => unknown = process.kill.bind(process),
): boolean {
  if (!lives(name, startOf)) return false;
  try {
    kill(name.pid, signal);
    return true;
  } catch {
    // It ended meanwhile, or is not ours to end.
    return false;
  }
}

export function startOfProcess(pid: number): string | null {
  return process.platform === "linux" ? startByProc(pid) : startByPs(pid);
}

/** Ticks since the boot, so that the boot belongs to it. */
function startByProc(pid: number): string | null {
  const stat = readStat(pid);
  return stat === null || hasEnded(stat) ? null : `${stat.start} ${bootOf()}`;
}

function bootOf(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

function startByPs(pid: number): string | null {
  const { stdout, status } = spawnSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], { encoding: "utf8" });
  const [state = "", ...start] = (stdout ?? "").trim().split(/\s+/);
  return status === 0 && start.length > 0 && !state.startsWith("Z") ? start.join(" ") : null;
}
