/** Somebody who waits. */
export interface Pending {
  /** It has waited for too long. */
  expire(): void;
}

/**
 * Who waits, and how long at most: all equally long, so that one timer, for whoever came first, is enough for any number of them. While somebody waits, the
 * process stays.
 */
export class Deadlines {
  readonly #wait: number;
  readonly #now: () => number;
  /** Since when, in the order in which they came. */
  readonly #since = new Map<Pending, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param wait Milliseconds */
  constructor(wait: number, now: () => number) {
    this.#wait = wait;
    this.#now = now;
  }

  get size(): number {
    return this.#since.size;
  }

  add(pending: Pending): void {
    if (this.#since.size === 0) this.#timer?.ref();
    this.#since.set(pending, this.#now());
    this.#timer ??= this.#in(this.#wait);
  }

  /** Answers whether it still waited. */
  remove(pending: Pending): boolean {
    const waited = this.#since.delete(pending);
    // The timer goes on: a new one for each call would cost more than all the rest of it.
    if (waited && this.#since.size === 0) this.#timer?.unref();
    return waited;
  }

  /** Answers that came while this process was busy are read first: it was late, not the server. */
  #in(ms: number): NodeJS.Timeout {
    return setTimeout(() => setImmediate(() => this.#due()), ms);
  }

  #due(): void {
    const over: Pending[] = [];
    const latest = this.#now() - this.#wait;
    this.#timer = undefined;
    for (const [pending, since] of this.#since) {
      if (since > latest) {
        this.#timer = this.#in(since - latest);
        break;
      }
      over.push(pending);
    }
    for (const pending of over) if (this.#since.delete(pending)) pending.expire();
  }
}
