/** Somebody who waits, for the first time and once only. */
export abstract class Pending {
  /** Their places in the queue, which it keeps here: a call more or less costs next to nothing. */
  before: Pending | null = null;
  after: Pending | null = null;
  since = 0;

  /** It has waited for too long. */
  abstract expire(): void;
}

/**
 * Who waits, and how long at most: all equally long, so that one timer, for whoever came first, is enough for any number of them. While somebody waits, the
 * process stays.
 */
export class Deadlines {
  readonly #wait: number;
  readonly #now: () => number;
  #first: Pending | null = null;
  #last: Pending | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** @param wait Milliseconds */
  constructor(wait: number, now: () => number) {
    this.#wait = wait;
    this.#now = now;
  }

  get isEmpty(): boolean {
    return this.#first === null;
  }

  add(pending: Pending): void {
    pending.since = this.#now();
    pending.before = this.#last;
    if (this.#last === null) this.#first = pending;
    else this.#last.after = pending;
    this.#last = pending;
    if (this.#timer === undefined) this.#timer = this.#in(this.#wait);
    else if (pending.before === null) this.#timer.ref();
  }

  /** Answers whether it still waited. */
  remove(pending: Pending): boolean {
    const { before, after } = pending;
    if (before === null && this.#first !== pending) return false;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    pending.before = pending.after = null;
    // The timer goes on: a new one for each call would cost more than all the rest of it.
    if (this.#first === null) this.#timer?.unref();
    return true;
  }

  /** Answers that came while this process was busy are read first: it was late, not the server. */
  #in(ms: number): NodeJS.Timeout {
    return setTimeout(() => setImmediate(() => this.#due()), ms);
  }

  #due(): void {
    const latest = this.#now() - this.#wait;
    const over: Pending[] = [];
    for (let first = this.#first; first !== null && first.since <= latest; first = this.#first) {
      this.remove(first);
      over.push(first);
    }
    this.#timer = this.#first === null ? undefined : this.#in(this.#first.since - latest);
    for (const pending of over) pending.expire();
  }
}
