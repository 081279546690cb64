import type { Figures } from "../../protocol/ipc.ts";
import type { Aggregate, Family, ProcessFigures } from "../../protocol/metrics.ts";
import { family } from "../../telemetry/metrics/families.ts";

/** What is known of a process. Null: it has not said. */
export interface ProcessWord {
  /** Its slot, or `primary`. */
  readonly worker: string;
  readonly figures: Pick<Figures, "rssBytes" | "heapUsedBytes" | "elu" | "eventLoopLagMs"> | null;
  readonly traffic: Pick<Figures, "connections" | "inFlight"> | null;
  readonly process: ProcessFigures | null;
}

type Metric = readonly [
  name: string,
  help: string,
  aggregate: Aggregate,
  value: (word: ProcessWord) => number | null | undefined,
];

/** While a reload replaces a worker its slot has two: these figures are added, or the worse one is shown. */
const GAUGES: readonly Metric[] = [
  ["process_resident_memory_bytes", "Resident memory size in bytes.", "sum", ({ figures }) => figures?.rssBytes],
  ["process_open_fds", "Number of open file descriptors.", "sum", ({ process }) => process?.openFds],
  [
    "process_start_time_seconds",
    "Start time of the process since the epoch in seconds.",
    "max",
    ({ process }) => process?.startTime,
  ],
  [
    "nodejs_heap_size_used_bytes",
    "Used size of the JavaScript heap in bytes.",
    "sum",
    ({ figures }) => figures?.heapUsedBytes,
  ],
  [
    "nodejs_heap_size_total_bytes",
    "Size of the JavaScript heap in bytes.",
    "sum",
    ({ process }) => process?.heapTotalBytes,
  ],
  [
    "nodejs_external_memory_bytes",
    "Memory that JavaScript objects hold outside of the heap in bytes.",
    "sum",
    ({ process }) => process?.externalBytes,
  ],
  [
    "nodejs_eventloop_lag_seconds",
    "How late a timer was, in seconds; of a worker that does not answer, for how long.",
    "max",
    ({ figures }) => figures && figures.eventLoopLagMs / 1000,
  ],
  [
    "nodejs_eventloop_utilization",
    "Share of the time since the scrape before that the event loop was busy, 0 to 1.",
    "max",
    ({ figures }) => figures?.elu,
  ],
  ["http_server_active_requests", "Requests being answered.", "sum", ({ traffic }) => traffic?.inFlight],
  ["drover_connections", "Open connections.", "sum", ({ traffic }) => traffic?.connections],
];

/** Gauges of one process, by `worker`. */
export function processGauges(word: ProcessWord): readonly Family[] {
  return GAUGES.map(([name, help, aggregate, value]) => {
    return { ...family("gauge", name, help, [[{ worker: word.worker }, value(word)]]), aggregate };
  });
}

/** Of all processes that were this worker. */
export function cpuSeconds(worker: string, seconds: number): Family {
  const help = "Total user and system CPU time spent in seconds.";
  return family("counter", "process_cpu_seconds_total", help, [[{ worker }, seconds]]);
}
