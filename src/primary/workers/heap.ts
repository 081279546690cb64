import { heapSize, showHeap } from "../../config/heap-size.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Launch } from "./worker-handle.ts";

/** The launch of one of so many workers. */
export function withHeap(launch: Launch, workers: number): Launch {
  const megabytes = launch.memory === null ? null : heapSize(launch.memory, workers);
  if (megabytes === null) return launch;
  const own = `--max-old-space-size=${megabytes}`;
  return {
    ...launch,
    nodeOptions: [...launch.nodeOptions, own],
    boot: { ...launch.boot, ownOptions: [...launch.boot.ownOptions, own] },
  };
}

export function sayHeap({ memory }: Launch, workers: number, log: Log): void {
  if (memory === null) return;
  const facts = { limit: memory.limit, heapMb: heapSize(memory, workers) };
  log.info("heap", facts, showHeap(memory, workers));
}
