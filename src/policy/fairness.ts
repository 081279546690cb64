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
  /** Share of its time its event loop was busy lately, 0..1. */
  readonly busy: number;
  /** Accepted lately: falls by {@link FADE} a tick, so that a new worker need not catch up with an old one's past. */
  readonly recent: number;
}

/** Who leaves the next tick's connections to the others. */
export interface Turn {
  readonly aside: readonly number[];
  /** The least loaded, which accepts. Whoever stands aside relies on it. */
  readonly taker: number;
  /** It is the only one that accepts. */
  readonly isAlone: boolean;
}

const FADE = 0.9;
/** Above this mean share of busy loops the kernel's own balance is right and capacity is dearer than evenness. */
const BUSY = 0.5;
/** Up to this one the connections that have closed again count as well: above it, that they had been uneven harms nobody, and a worker aside does. */
const IDLE = 0.1;

export function newSeat(worker: number): Seat {
  return { worker, accepted: 0, open: 0, busy: 0, recent: 0 };
}

/** The seat a tick later. `report`: what the worker said during it; a worker that accepted nothing says nothing. */
export function nextSeat(seat: Seat, report: Pick<Seat, "accepted" | "open" | "busy"> | undefined): Seat {
  // Over a few ticks: between two heavy requests there may be one that looks idle.
  const busy = (seat.busy + (report?.busy ?? 0)) / 2;
  if (!report) return { ...seat, busy, recent: seat.recent * FADE };
  return { ...seat, ...report, busy, recent: seat.recent * FADE + report.accepted - seat.accepted };
}

/** After a tick without a new connection the past does not matter: a burst long gone must not keep a worker aside. */
export function restedSeat(seat: Seat): Seat {
  return { ...seat, busy: 0, recent: 0 };
}

/** Who steps aside for the next tick: at most half, never the least loaded. Null: nobody. */
export function nextTurn(seats: readonly Seat[]): Turn | null {
  const busy = mean(seats.map((seat) => seat.busy));
  if (busy > BUSY) return null;
  const weight = ({ open, recent }: Seat): number => (busy > IDLE ? open : open + recent);
  const fair = mean(seats.map(weight));
  const tolerated = fair + Math.max(1, fair * 0.02);
  const byWeight = seats.toSorted((a, b) => weight(b) - weight(a));
  const aside = byWeight.slice(0, Math.floor(seats.length / 2)).filter((seat) => weight(seat) > tolerated);
  const taker = byWeight.at(-1);
  if (!taker || aside.length === 0) return null;
  const isAlone = seats.length - aside.length === 1;
  return { aside: aside.map(({ worker }) => worker), taker: taker.worker, isAlone };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
