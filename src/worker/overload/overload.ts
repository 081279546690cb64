/**
 * What a worker does about its cap of requests at once. Pure: times are milliseconds on the caller's clock.
 *
 * `open`: it accepts. `full`: it is at the cap and leaves new connections to its siblings. `shedding`: they are full as well, so that
 * the kernel's queue would only grow; it accepts, and what is above the cap is answered 503.
 */
export type Pressure =
  /** `since`: it was full, and the queue that has built up meanwhile is not empty yet; else null. */
  | { readonly state: "open"; readonly since: number | null }
  | { readonly state: "full"; readonly since: number }
  | { readonly state: "shedding"; readonly since: number };

export const CALM: Pressure = { state: "open", since: null };

/** How long siblings are given to take what this worker leaves. Whoever waits in the queue meanwhile waits that long. Milliseconds. */
export const PATIENCE = 100;
/** How long it sheds before it gives the siblings another chance. Milliseconds. */
const SHEDS = 1_000;
/** The share of the cap at which a full worker accepts again: each time costs a handle from the primary, so not at every answer. */
const RESUME = 0.75;

/** After a change of the load (requests at work, and new connections that may bring one), or when {@link PATIENCE} is over. */
export function weigh(before: Pressure, load: number, cap: number, now: number): Pressure {
  switch (before.state) {
    case "open":
      return load < cap ? before : full(before.since ?? now, now);
    case "full":
      return hasRoom(load, cap, now - before.since) ? { ...before, state: "open" } : full(before.since, now);
    case "shedding":
      return load < cap || now < before.since + SHEDS ? before : full(now, now);
  }
}

/** It accepts again and has emptied the queue without being full: the pressure is over. */
export function settled(before: Pressure): Pressure {
  return before.state === "open" ? CALM : before;
}

/** Once its siblings had their time any room is enough. */
function hasRoom(load: number, cap: number, fullFor: number): boolean {
  return fullFor < PATIENCE ? load <= Math.floor(cap * RESUME) : load < cap;
}

function full(since: number, now: number): Pressure {
  return now < since + PATIENCE ? { state: "full", since } : { state: "shedding", since: now };
}
