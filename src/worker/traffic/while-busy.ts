import type { Traffic } from "./traffic.ts";

/** Milliseconds. */
const INTERVAL = 1_000;

type Busy = Pick<Traffic, "inFlight" | "http2" | "onRequest">;

/**
 * Calls `check` with the time of `performance.now()`, again and again while requests or streams are under way, and once when the last one is gone. A worker
 * that has nothing to do sleeps.
 */
export function whileBusy(traffic: Busy, check: (now: number) => void, interval = INTERVAL): void {
  const look = (): void => {
    isSet = false;
    check(performance.now());
    if (traffic.inFlight().length + traffic.http2.streams.size > 0) set();
  };
  // One for all times: a timer that is made during a request belongs to it, and holds it.
  const timer = setTimeout(look, interval).unref();
  let isSet = true;
  const set = (): void => {
    if (isSet) return;
    isSet = true;
    timer.refresh();
  };
  traffic.onRequest(set);
  traffic.http2.onStream(set);
}
