import { performance } from "node:perf_hooks";
import type { Channel } from "./channel.ts";
import type { Traffic } from "./traffic.ts";

/** From the first new connection to the report of it, in milliseconds: shorter than the primary's tick. */
const DELAY = 100;

/** Tells the primary of new connections, for its balance. A worker that gets none says nothing and sets no timer. */
export function reportLoad(traffic: Traffic, channel: Channel): void {
  let due = false;
  let before = performance.eventLoopUtilization();
  const report = (): void => {
    due = false;
    const now = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(now, before).utilization;
    before = now;
    channel.send({ type: "load", accepted: traffic.accepted, open: traffic.sockets.size, busy });
  };
  traffic.onConnection(() => {
    if (due) return;
    due = true;
    setTimeout(report, DELAY).unref();
  });
}
