/**
 * All workers wait on one shared listener. Under load that balances itself, because a busy worker does not accept; when idle the
 * kernel wakes the last waiter again and again. So the workers above the mean step aside for a tick, and the others get their turn.
 * The primary decides: workers that decided alone would all step aside together and leave their clients waiting.
 */

/** One worker's connections, as of the last tick. */
export interface Seat {
  readonly worker: number;
  /** Connections accepted since the worker started. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  /** Share of the last tick its event loop was busy, 0..1. */
  readonly busy: number;
  /** Accepted lately: falls by {@link FADE} a tick, so that a new worker need not catch up with an old one's past. */
  readonly recent: number;
}

const FADE = 0.9;
/** Above this mean share of busy loops the kernel's own balance is right and capacity is dearer than evenness. */
const BUSY = 0.5;

export function newSeat(worker: number): Seat {
  return { worker, accepted: 0, open: 0, busy: 0, recent: 0 };
}

/** The seat a tick later. `report`: what the worker said during it; a worker that accepted nothing says nothing. */
export function nextSeat(seat: Seat, report: Pick<Seat, "accepted" | "open" | "busy"> | undefined): Seat {
  if (!report) return { ...seat, busy: 0, recent: seat.recent * FADE };
  return { ...seat, ...report, recent: seat.recent * FADE + report.accepted - seat.accepted };
}

/** After a tick without a new connection the past does not matter: a burst long gone must not keep a worker aside. */
export function restedSeat(seat: Seat): Seat {
  return { ...seat, busy: 0, recent: 0 };
}

/** Who steps aside for the next tick: at most half, never the least loaded. */
export function whoStepsAside(seats: readonly Seat[]): readonly number[] {
  if (seats.length < 2 || mean(seats.map((seat) => seat.busy)) > BUSY) return [];
  const fair = mean(seats.map(weight));
  const tolerated = fair + Math.max(1, fair * 0.02);
  return seats
    .filter((seat) => weight(seat) > tolerated)
    .toSorted((a, b) => weight(b) - weight(a))
    .slice(0, Math.floor(seats.length / 2))
    .map((seat) => seat.worker);
}

/** Open connections weigh, and so do the recent ones: connections that close at once would never show among the open. */
function weight(seat: Seat): number {
  return seat.open + seat.recent;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
