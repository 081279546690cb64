import { readdirSync, readFileSync } from "node:fs";
import type { Started } from "./peers/peer.ts";

/** Linux reports CPU time in ticks of 1/100 s on every architecture Node runs on (`getconf CLK_TCK`). */
const MICROS_PER_TICK = 10_000;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** User and system time of the process, in ticks. */
  readonly own: number;
  /** The same of its children that are gone and reaped. */
  readonly reaped: number;
}

function readStat(pid: string): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command in parentheses may hold spaces: fields are counted from behind it, where the first is number 3.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const field = (number: number): number => Number(fields[number - 3]);
    return { pid: Number(pid), parent: field(4), own: field(14) + field(15), reaped: field(16) + field(17) };
  } catch {
    return null;
  }
}

/** The process and all its descendants. */
function treeOf(root: number): readonly Stat[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(readStat)
    .filter((stat) => stat !== null);
  const tree = all.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
}

export const pidsOf = (root: number): readonly number[] => treeOf(root).map(({ pid }) => pid);

/** CPU time the process tree has used so far, in µs. */
export function cpuOfTree(root: number): number {
  return treeOf(root).reduce((sum, { own, reaped }) => sum + own + reaped, 0) * MICROS_PER_TICK;
}

/** CPU time of one process alone, in µs. */
export function cpuOfProcess(pid: number): number {
  return (readStat(String(pid))?.own ?? 0) * MICROS_PER_TICK;
}

/** Proportional set size of a process, in MB; 0 when it is gone. */
function pssOfProcess(pid: number): number {
  try {
    const kilobytes = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** CPU time that all its processes have used so far, in µs. */
export const cpuOf = ({ roots }: Started): number => sum(roots.map(cpuOfTree));

/** Memory of all processes, and of those that run the app. */
export function pssOf(started: Started): Record<"supervisor MB" | "workers MB" | "all MB", number> {
  const all = sum(started.roots.flatMap(pidsOf).map(pssOfProcess));
  const inWorkers = sum(started.workers().map(pssOfProcess));
  return { "supervisor MB": all - inWorkers, "workers MB": inWorkers, "all MB": all };
}
