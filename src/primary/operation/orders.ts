/** `reload`: slot by slot, without a gap. `restart`: the old generation leaves first, and clients wait in the kernel's queue. */
export type How = "reload" | "restart";

export interface Order {
  how: How;
  /** Who gave it, for the log. */
  readonly why: string;
}

/**
 * Orders, carried out one at a time. Those that come meanwhile are one order, carried out next, since what they are to bring may have changed after the
 * first was begun.
 */
export class Orders<Outcome> {
  readonly #carryOut: (order: Order) => Promise<Outcome>;
  /** Settled when nothing is under way. */
  #idle: Promise<unknown> | null = null;
  #waiting: { readonly order: Order; readonly outcome: Promise<Outcome> } | null = null;

  constructor(carryOut: (order: Order) => Promise<Outcome>) {
    this.#carryOut = carryOut;
  }

  get areUnderWay(): boolean {
    return this.#idle !== null;
  }

  /** Resolves and rejects as the order it became part of; a restart among them makes it one. */
  give(how: How, why: string): Promise<Outcome> {
    if (!this.#idle) return this.#begin({ how, why });
    if (this.#waiting) {
      if (how === "restart") this.#waiting.order.how = how;
      return this.#waiting.outcome;
    }
    const order: Order = { how, why };
    const outcome = this.#idle.then(() => {
      this.#waiting = null;
      return this.#begin(order);
    });
    this.#waiting = { order, outcome };
    return outcome;
  }

  #begin(order: Order): Promise<Outcome> {
    const outcome = this.#carryOut(order);
    const idle: Promise<unknown> = outcome.then(
      () => this.#rest(idle),
      () => this.#rest(idle),
    );
    this.#idle = idle;
    return outcome;
  }

  #rest(idle: Promise<unknown>): void {
    if (this.#idle === idle) this.#idle = null;
  }
}
