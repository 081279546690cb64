import type { WorkerStatus } from "../../protocol/control.ts";
import { showBytes, showCount, UNKNOWN } from "../figures.ts";
import { sparkLine } from "../spark-line.ts";
import type { Gauges } from "./gauges.ts";
import type { Format, Line } from "./line.ts";

interface Column {
  readonly title: string;
  /** Which go first where the screen is narrow: the lowest. */
  readonly worth: number;
  readonly left?: true;
  readonly format?: Format;
  readonly cell: (worker: WorkerStatus, gauges: Gauges) => string;
}

const SPARKS = 10;
const GAP = "  ";

const COLUMNS: readonly Column[] = [
  { title: "SLOT", worth: 9, cell: ({ slot }) => String(slot) },
  { title: "PID", worth: 7, cell: ({ pid }) => String(pid) },
  { title: "GEN", worth: 5, cell: ({ generation }) => String(generation) },
  { title: "STATE", worth: 9, left: true, cell: ({ state }) => state },
  { title: "REQ/S", worth: 9, cell: (_, { rate }) => showRate(rate) },
  {
    title: "",
    worth: 2,
    left: true,
    format: "green",
    cell: (_, { rates }) => sparkLine(rates.slice(-SPARKS)).padStart(SPARKS),
  },
  { title: "P50", worth: 6, cell: (_, { p50 }) => showMs(p50) },
  { title: "P99", worth: 8, cell: (_, { p99 }) => showMs(p99) },
  {
    title: "LAG",
    worth: 6,
    cell: ({ eventLoopLagMs }) => (eventLoopLagMs === null ? UNKNOWN : showMs(eventLoopLagMs)),
  },
  { title: "MEMORY", worth: 8, cell: ({ rssBytes }) => showBytes(rssBytes) },
  { title: "OPEN", worth: 4, cell: ({ connections }) => showCount(connections) },
  { title: "IN FLIGHT", worth: 4, cell: ({ inFlight }) => showCount(inFlight) },
  { title: "RESTARTS", worth: 3, cell: ({ restarts }) => String(restarts) },
];

/** The table of the workers: its titles, then a line for each. As many columns as fit into `width`. */
export function workerTable(
  workers: readonly WorkerStatus[],
  gauges: (worker: WorkerStatus) => Gauges,
  width: number,
): readonly Line[] {
  const rows = workers.map((worker) => ({ worker, gauges: gauges(worker) }));
  const columns = COLUMNS.map((column) => {
    const cells = rows.map((row) => column.cell(row.worker, row.gauges));
    return { ...column, cells, size: Math.max(column.title.length, ...cells.map(({ length }) => length)) };
  });
  const shown = fitting(columns, width);
  const pad = (text: string, { left, size }: (typeof columns)[number]): string =>
    left ? text.padEnd(size) : text.padStart(size);
  const titles: Line = [{ format: "bold", text: shown.map((column) => pad(column.title, column)).join(GAP) }];
  return [
    titles,
    ...rows.map(({ worker }, row) =>
      shown.flatMap((column, index): Line => {
        const text = pad(column.cells[row] ?? "", column);
        const format = column.title === "STATE" ? STATES[worker.state] : column.format;
        return [...(index === 0 ? [] : [GAP]), format === undefined ? text : { format, text }];
      }),
    ),
  ];
}

function fitting<C extends { readonly size: number; readonly worth: number }>(
  columns: readonly C[],
  width: number,
): readonly C[] {
  const needed = columns.reduce((sum, { size }) => sum + size, GAP.length * (columns.length - 1));
  if (needed <= width || columns.length === 1) return columns;
  const least = Math.min(...columns.map(({ worth }) => worth));
  const last = columns.findLastIndex(({ worth }) => worth === least);
  return fitting(columns.toSpliced(last, 1), width);
}

const STATES = { ready: "green", starting: "yellow", draining: "gray" } as const;

export function showRate(rate: number | null): string {
  if (rate === null) return NONE;
  return rate > 0 && rate < 9.95 ? rate.toFixed(1) : String(Math.round(rate));
}

/** Milliseconds. */
export function showMs(ms: number | null): string {
  if (ms === null) return NONE;
  if (ms === Infinity) return "> 10 s";
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** There was nothing to measure. */
const NONE = "–";
