import { performance, type EventLoopUtilization } from "node:perf_hooks";
import type { Channel } from "../channel.ts";
import type { Traffic } from "./traffic.ts";

/** From the first new connection to the report of it, in milliseconds: shorter than the primary's tick. */
const DELAY = 100;
/** That many within the delay are a burst, of which the primary hears at once. */
const BURST = 8;

/** Tells the primary of new connections, for its balance. A worker that gets none says nothing and sets no timer. */
export function reportLoad(traffic: Traffic, channel: Channel): void {
  let fresh = 0;
  const report = (since: EventLoopUtilization): void => {
    fresh = 0;
    const busy = performance.eventLoopUtilization(since).utilization;
    channel.send({ type: "load", accepted: traffic.accepted, open: traffic.sockets.size, busy });
  };
  traffic.onConnection(() => {
    fresh += 1;
    // Busy since this connection came: an idle hour before it says nothing.
    if (fresh === 1) setTimeout(report, DELAY, performance.eventLoopUtilization()).unref();
    if (fresh === BURST) channel.send({ type: "burst" });
  });
}
