import type { Clock } from "../../src/primary/supervisor.ts";

/** A clock that moves when it is told to. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((one) => one !== timer));
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Runs what falls due on the way, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.at);
      this.#timers = this.#timers.filter((one) => one !== next);
      next.callback();
    }
    this.#now = end;
  }

  /** As a process that is stopped for a while: what falls due meanwhile runs late, with the next `advance`. */
  stop(ms: number): void {
    this.#now += ms;
  }

  #next(end: number): { readonly at: number; readonly callback: () => void } | undefined {
    return this.#timers.filter(({ at }) => at <= end).toSorted((one, other) => one.at - other.at)[0];
  }
}
