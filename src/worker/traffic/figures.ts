import { setTimeout as sleep } from "node:timers/promises";
import type { Figures } from "../../protocol/ipc.ts";
import type { Traffic } from "./traffic.ts";

/** How late a timer of this length fires is the loop's lag. Milliseconds. */
const PROBE = 20;

/** The worker's figures, each time since the time before: in between they cost nothing. */
export class FigureTaker {
  readonly #traffic: Traffic;
  #since: ReturnType<typeof performance.eventLoopUtilization> | undefined;

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  async take(): Promise<Figures> {
    const startedAt = performance.now();
    await sleep(PROBE);
    return this.now(Math.max(0, performance.now() - startedAt - PROBE));
  }

  /** @param lag of the event loop, as whoever asks has measured it. Milliseconds. */
  now(lag: number): Figures {
    const elu = performance.eventLoopUtilization();
    const busy = (this.#since ? performance.eventLoopUtilization(elu, this.#since) : elu).utilization;
    this.#since = elu;
    const { rss, heapUsed } = process.memoryUsage();
    const { sockets, http2, requests, durations } = this.#traffic;
    const inFlight = this.#traffic.inFlight().length + http2.streams.size;
    return {
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      // Of no time at all Node says NaN.
      elu: Math.round((busy || 0) * 1000) / 1000,
      eventLoopLagMs: Math.round(lag * 10) / 10,
      connections: sockets.size,
      inFlight,
      requests,
      durations: [...durations.counts],
    };
  }
}
