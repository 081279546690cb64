/** How the strict client sends. It sends by the clock, whether or not it is answered. */
export interface StrictPlan {
  readonly perSecond: number;
  /** Connections that half of the requests take turns on; the other half open one each. */
  readonly kept: number;
  /** Milliseconds until a request without its whole answer counts as hung. */
  readonly boundMs: number;
}

/**
 * How a request ended; each one does in exactly one way. `right`: answered whole, with 200 and every byte as expected. `wrong`:
 * answered otherwise. `refused`: nobody listened. `reset`: the connection was torn down. `cut`: it ended in good order before
 * the answer was whole. `hung`: none of these within the bound.
 */
export type Outcome = "right" | "wrong" | "refused" | "reset" | "cut" | "hung";

/** Every request sent, accounted for. */
export interface Account {
  readonly sent: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Milliseconds from when a request was due to its right answer. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Collects outcomes until it is closed. */
export class Book {
  #sent = 0;
  readonly #outcomes: Record<Outcome, number> = { right: 0, wrong: 0, refused: 0, reset: 0, cut: 0, hung: 0 };
  readonly #latencies: number[] = [];

  send(): void {
    this.#sent += 1;
  }

  end(outcome: Outcome, ms: number): void {
    this.#outcomes[outcome] += 1;
    if (outcome === "right") this.#latencies.push(ms);
  }

  account(): Account {
    const sorted = Float64Array.from(this.#latencies).toSorted();
    const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
    return { sent: this.#sent, outcomes: { ...this.#outcomes }, p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}
