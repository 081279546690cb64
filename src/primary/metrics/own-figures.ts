import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessFigures } from "../../protocol/metrics.ts";
import type { ProcessWord } from "./process-families.ts";

/** How late a timer of this length fires is the loop's lag. Milliseconds. */
const PROBE = 20;

/** The primary's own, in the terms of its workers'. */
export class OwnFigures {
  #since = performance.eventLoopUtilization();

  async take(): Promise<ProcessWord & { readonly process: ProcessFigures }> {
    const startedAt = performance.now();
    const [openFds] = await Promise.all([countOpenFds(), sleep(PROBE)]);
    const eventLoopLagMs = Math.max(0, performance.now() - startedAt - PROBE);
    const now = performance.eventLoopUtilization();
    const elu = performance.eventLoopUtilization(now, this.#since).utilization;
    this.#since = now;
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return {
      worker: "primary",
      figures: { rssBytes: rss, heapUsedBytes: heapUsed, elu, eventLoopLagMs },
      traffic: null,
      process: {
        cpuSeconds: (user + system) / 1e6,
        heapTotalBytes: heapTotal,
        externalBytes: external,
        openFds,
        startTime: performance.timeOrigin / 1000,
      },
    };
  }
}

/** Null: not under Linux. One of them is that of the folder itself. */
async function countOpenFds(): Promise<number | null> {
  return readdir("/proc/self/fd").then(
    (names) => names.length - 1,
    () => null,
  );
}
