import { setTimeout as delay } from "node:timers/promises";
import type { Ended } from "./account.ts";
import type { Visitor } from "./exchange.ts";

/** How long a request without its whole answer is waited for. Milliseconds. */
export const PATIENCE = 10_000;

/** Visitors that ask by the clock, one request at a time each, until they are stopped. What an answer keeps waiting is not made up for. */
export class Load {
  readonly ended: Ended[] = [];
  readonly #visitors: readonly Visitor[];
  readonly #every: number;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  readonly #loops: Promise<unknown>;
  #underWay = 0;
  #closed = false;

  /** @param rate Requests a second, of all visitors together. */
  constructor(visitors: readonly Visitor[], rate: number, now: () => number) {
    this.#visitors = visitors;
    this.#every = (1000 * visitors.length) / rate;
    this.#now = now;
    this.#loops = Promise.all(visitors.map((visitor, index) => this.#visit(visitor, index / visitors.length)));
  }

  /** Sends no more, and waits so long for what is under way. Answers how many requests had not ended then. */
  async stop(patience: number): Promise<number> {
    this.#stop.abort();
    const late = new AbortController();
    await Promise.race([this.#loops, delay(patience, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    const abandoned = this.#underWay;
    this.#closed = true;
    for (const visitor of this.#visitors) visitor.leave();
    await this.#loops;
    return abandoned;
  }

  /** @param part Of the time between two requests, so that the visitors do not come all at once. */
  async #visit(visitor: Visitor, part: number): Promise<void> {
    const { signal } = this.#stop;
    for (let next = this.#now() + part * this.#every; ;) {
      await delay(Math.max(0, next - this.#now()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      next = Math.max(next + this.#every, this.#now());
      this.#underWay += 1;
      const ended = await visitor.ask(PATIENCE);
      this.#underWay -= 1;
      if (!this.#closed) this.ended.push(ended);
    }
  }
}
