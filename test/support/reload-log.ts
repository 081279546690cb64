import type { Drover } from "./drover.ts";
import type { LogLine } from "./log-reader.ts";

/** A worker that left in a reload. */
export interface Leaver {
  readonly pid: number;
  /** When it was told to, on the wall clock. */
  readonly toldAt: number;
}

export interface ReloadRecord {
  /** The line `reloaded`, or `reload-rolled-back`: it holds the ledger. */
  readonly line: LogLine;
  readonly leavers: readonly Leaver[];
}

/** What the log says of each reload, in their order. The log must be on level debug, which tells of the orders to leave. */
export function reloadsIn({ log: { lines } }: Drover): ReloadRecord[] {
  const records: ReloadRecord[] = [];
  const told = new Map<number, number>();
  let leavers: Leaver[] = [];
  for (const line of lines) {
    const { event, pid = 0 } = line;
    if (event === "reload-started") leavers = [];
    if (event === "draining") told.set(pid, Number(line["time"]));
    if (event === "worker-left") leavers.push({ pid, toldAt: told.get(pid) ?? Infinity });
    if (event === "reloaded" || event === "reload-rolled-back") records.push({ line, leavers });
  }
  return records;
}
