import { apply } from "../policy/apply.ts";
import type { Action, Fleet, FleetEvent, Limits } from "../policy/fleet.ts";
import { plan } from "../policy/plan.ts";

export interface Clock {
  now(): number;
  /** Calls back once after `ms`; answers how to call it off. */
  after(ms: number, callback: () => void): () => void;
}

/** Monotonic: a step of the wall clock kills nobody. The timer keeps us alive while no worker lives and the next one waits. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Beyond this we were stopped, or the machine was: whoever is overdue may have spoken meanwhile. Milliseconds. */
const LATE = 1_000;
/** To take in what has come while we were stopped, before anybody is judged by it. Milliseconds. */
const READING = 100;

/** Beyond this a timer is not late but lost. Milliseconds. */
const TOO_LATE = 10_000;

/**
 * One inbox, one loop, one timer. Whatever happens becomes an event; the policy says what to do; `perform` does it and reports
 * back by events, at once or later.
 */
export class Supervisor {
  #fleet: Fleet;
  /** A reload may bring others. */
  limits: Limits;
  readonly #clock: Clock;
  readonly #perform: (action: Action) => void;
  readonly #settled: () => void;
  readonly #inbox: FleetEvent[] = [];
  #looping = false;
  /** A round has begun; if nobody is in it any more, it has failed. */
  #unfinished = false;
  #nextAt: number | null = null;
  #cancelTimer: () => void = () => undefined;

  /** `settled`: called whenever there is nothing left to do but wait. */
  constructor(fleet: Fleet, limits: Limits, clock: Clock, perform: (action: Action) => void, settled: () => void) {
    this.#fleet = fleet;
    this.limits = limits;
    this.#clock = clock;
    this.#perform = perform;
    this.#settled = settled;
  }

  get fleet(): Fleet {
    return this.#fleet;
  }

  /** Asked from outside the loop: a round has failed in its middle, or the timer has not fired. */
  get stuck(): boolean {
    return this.#unfinished || (this.#nextAt !== null && this.#clock.now() - this.#nextAt > TOO_LATE);
  }

  post(event: FleetEvent): void {
    this.#inbox.push(event);
    this.run();
  }

  /** Until there is nothing to do but wait. An action that reports back at once extends the loop instead of nesting one. */
  run(): void {
    if (this.#looping) return;
    this.#looping = true;
    this.#unfinished = true;
    let wakeAt: number | null = null;
    try {
      do {
        this.#takeIn();
        const next = plan(this.#fleet, this.#clock.now(), this.limits);
        wakeAt = next.wakeAt;
        for (const action of next.actions) this.#perform(action);
      } while (this.#inbox.length > 0);
      this.#unfinished = false;
    } finally {
      // Whatever a bug of ours throws: the next event must find a supervision that goes on.
      this.#looping = false;
    }
    this.#wakeAt(wakeAt);
    this.#settled();
  }

  #takeIn(): void {
    for (const event of this.#inbox.splice(0)) this.#fleet = apply(this.#fleet, event, this.#clock.now(), this.limits);
  }

  #wakeAt(time: number | null): void {
    this.#cancelTimer();
    this.#nextAt = time;
    if (time === null) return;
    // A timer may fire a fraction early; a millisecond more saves a round that finds nothing due.
    this.#cancelTimer = this.#clock.after(Math.max(0, time - this.#clock.now()) + 1, () => this.#woken(time));
  }

  #woken(time: number): void {
    if (this.#clock.now() - time <= LATE) return this.run();
    this.#cancelTimer = this.#clock.after(READING, () => this.run());
  }
}
