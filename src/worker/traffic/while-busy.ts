/** Milliseconds. */
const INTERVAL = 1_000;

/** What a look at the traffic asks. */
interface Busy {
  readonly http2: { readonly streams: { readonly size: number }; onStream(begin: () => void): void };
  inFlight(): readonly unknown[];
  onRequest(begin: () => void): void;
}

/** Calls back after a while, and once more that long after each `refresh`. */
export type Later = (look: () => void) => { refresh(): unknown };

const inASecond: Later = (look) => setTimeout(look, INTERVAL).unref();

/**
 * Calls `check` with the time of `performance.now()`, again and again while requests or streams are under way, and once when the last one is gone. A worker
 * that has nothing to do sleeps.
 */
export function whileBusy(traffic: Busy, check: (now: number) => void, later = inASecond): void {
  const look = (): void => {
    isSet = false;
    check(performance.now());
    if (traffic.inFlight().length + traffic.http2.streams.size > 0) set();
  };
  // One for all times: a timer that is made during a request belongs to it, and holds it.
  const timer = later(look);
  let isSet = true;
  const set = (): void => {
    if (isSet) return;
    isSet = true;
    timer.refresh();
  };
  traffic.onRequest(set);
  traffic.http2.onStream(set);
}
