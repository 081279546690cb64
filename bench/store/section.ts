import type { Done } from "../perform.ts";
import type { Section } from "../report/table.ts";
import { median } from "../statistics.ts";
import { ROWS, type RowId } from "./rows.ts";
import type { Figures } from "./run.ts";
import { WORKLOADS, type WorkloadId } from "./workloads.ts";

export interface Entry {
  readonly workload: WorkloadId;
  readonly row: RowId;
}

/** The most that an event loop may stand still, in milliseconds. */
const LONGEST_STALL = 50;

/** A figure's median over the rounds, and between what it was. */
function spread(values: readonly number[], digits: number): string {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)];
  return `${middle.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

/** What the rows did under one workload, in all rounds. */
export function sectionOf(id: WorkloadId, all: readonly Done<Entry, Figures>[]): Section {
  const results = all.filter(({ workload }) => workload === id);
  const rows = Object.keys(ROWS) as RowId[];
  const of = (row: RowId, figure: keyof Figures): readonly number[] =>
    results.filter((result) => result.row === row).map(({ run }) => run[figure]);
  /** Round by round: both of a round met the same machine. */
  const ratios = (row: RowId): readonly number[] => {
    const other = of("other", "operationsPerCpuSecond");
    return of(row, "operationsPerCpuSecond").map((value, index) => value / (other[index] ?? Number.NaN));
  };
  return {
    title: WORKLOADS[id].title,
    columns: [
      "",
      "ops/CPU s",
      "× connect-redis",
      "CPU µs/op",
      "of them redis-server",
      "worst stall ms",
      "ops/s",
      "failed",
    ],
    rows: rows.map((row) => [
      ROWS[row].name,
      spread(of(row, "operationsPerCpuSecond"), 0),
      spread(ratios(row), 2),
      spread(
        of(row, "clientMicros").map((micros, index) => micros + (of(row, "serverMicros")[index] ?? 0)),
        1,
      ),
      median(of(row, "serverMicros")).toFixed(1),
      spread(of(row, "worstStall"), 0),
      median(of(row, "operationsPerSecond")).toFixed(0),
      String(of(row, "failed").reduce((sum, count) => sum + count, 0)),
    ]),
    notes: id === "write" ? [...speeds(ratios), stalls(of("embedded", "worstStall"))] : [],
  };
}

const verdict = (met: boolean): string => (met ? "met" : "**missed**");

function speeds(ratios: (row: RowId) => readonly number[]): readonly string[] {
  return (["redis", "embedded"] as const).map((row) => {
    const { name, atLeast } = ROWS[row];
    const found = median(ratios(row));
    return `${name} ÷ connect-redis, operations per CPU second: ${found.toFixed(2)}, at least ${atLeast}: ${verdict(found >= atLeast)}`;
  });
}

function stalls(worst: readonly number[]): string {
  const found = Math.max(...worst);
  return `Drover, embedded, worst stall of all rounds: ${found.toFixed(0)} ms, at most ${LONGEST_STALL}: ${verdict(found <= LONGEST_STALL)}`;
}
