import { newSeat, nextSeat, restedSeat, whoStepsAside, type Seat } from "../../policy/fairness.ts";
import type { Clock } from "../supervisor.ts";

type Report = Pick<Seat, "accepted" | "open" | "busy">;

export interface BalanceEffects {
  /** Where a worker accepts: only workers with the same answer can take each other's turns. While one address follows another there are two. */
  placeOf(worker: number): string;
  stepAside(worker: number): void;
  rejoin(worker: number): void;
}

/** How long a worker that has had more than its share leaves new connections to the others, in milliseconds. */
const TICK = 250;

/** Carries out policy/fairness.ts. Costs nothing while no connections come: workers report only what is new, and only then does it tick. */
export class Balance {
  readonly #seats = new Map<number, Seat>();
  readonly #reports = new Map<number, Report>();
  #aside: ReadonlySet<number> = new Set();
  #ticking = false;
  readonly #clock: Clock;
  readonly #effects: BalanceEffects;

  constructor(clock: Clock, effects: BalanceEffects) {
    this.#clock = clock;
    this.#effects = effects;
  }

  join(worker: number): void {
    this.#seats.set(worker, newSeat(worker));
  }

  /** Whoever stepped aside must not leave the queue to a worker that is gone. */
  leave(worker: number): void {
    if (!this.#seats.delete(worker)) return;
    this.#reports.delete(worker);
    this.#settle([]);
  }

  report(worker: number, report: Report): void {
    this.#reports.set(worker, report);
    if (this.#ticking) return;
    this.#ticking = true;
    this.#clock.after(0, () => this.#tick());
  }

  /** A tick is longer than a burst, whose connections would all stay with those who have not stepped aside. */
  burst(): void {
    this.#settle([]);
  }

  /** A worker that was full, which may be before it was ready. One that stands aside is called back at the end of its tick anyway. */
  wantsMore(worker: number): void {
    if (!this.#aside.has(worker)) this.#effects.rejoin(worker);
  }

  #tick(): void {
    const reports = new Map(this.#reports);
    this.#reports.clear();
    // Without a sign that the others accept, nobody may stand aside: one of them could be stuck.
    const quiet = reports.size === 0;
    for (const seat of this.#seats.values()) {
      this.#seats.set(seat.worker, quiet ? restedSeat(seat) : nextSeat(seat, reports.get(seat.worker)));
    }
    this.#settle(quiet ? [] : this.#peers().flatMap(whoStepsAside));
    if (quiet) this.#ticking = false;
    else this.#clock.after(TICK, () => this.#tick());
  }

  #peers(): Seat[][] {
    return [...Map.groupBy(this.#seats.values(), ({ worker }) => this.#effects.placeOf(worker)).values()];
  }

  #settle(aside: readonly number[]): void {
    const next = new Set(aside);
    for (const worker of this.#aside) if (!next.has(worker) && this.#seats.has(worker)) this.#effects.rejoin(worker);
    for (const worker of next) if (!this.#aside.has(worker)) this.#effects.stepAside(worker);
    this.#aside = next;
  }
}
