import { newSeat, nextSeat, nextTurn, restedSeat, type Seat, type Turn } from "../../policy/fairness.ts";
import type { Clock } from "../supervisor.ts";

type Report = Pick<Seat, "accepted" | "open" | "busy">;

export interface BalanceEffects {
  /** Where a worker accepts: only workers with the same answer can take each other's turns. While one address follows another there are two. */
  placeOf(worker: number): string;
  /** Whether it accepts and its event loop turns: to be answered with {@link Balance.free}. */
  askIfFree(worker: number): void;
  stepAside(worker: number): void;
  rejoin(worker: number): void;
}

/** How long a worker that has had more than its share leaves new connections to the others, in milliseconds. */
const TICK = 250;
/**
 * How long a worker for which others stand aside may be silent, in milliseconds. It may have got stuck in the app's code, and whoever connects then
 * waits for it that long, and once more if it has just answered; until the end of the tick where all that accept get stuck together.
 */
const PATIENCE = 50;

/** Carries out policy/fairness.ts. Costs nothing while no connections come: workers report only what is new, and only then does it tick. */
export class Balance {
  readonly #seats = new Map<number, Seat>();
  readonly #reports = new Map<number, Report>();
  #aside: ReadonlySet<number> = new Set();
  #turns: readonly Turn[] = [];
  /** Takers that have been asked and have not answered yet. */
  readonly #silent = new Set<number>();
  /** Workers that did not answer in time: nobody stands aside for them until there is a sign of life. */
  readonly #stuck = new Set<number>();
  #stopAsking: () => void = () => undefined;
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
    this.#stuck.delete(worker);
    this.#begin([]);
  }

  report(worker: number, report: Report): void {
    this.#stuck.delete(worker);
    this.#reports.set(worker, report);
    if (this.#ticking) return;
    this.#ticking = true;
    this.#clock.after(0, () => this.#tick());
  }

  /** A tick is longer than a burst, whose connections would all stay with those who have not stepped aside. */
  burst(): void {
    this.#begin([]);
  }

  /** Only from here on anybody stands aside for it. */
  free(worker: number): void {
    this.#stuck.delete(worker);
    if (this.#silent.delete(worker) && this.#silent.size === 0) this.#settle(this.#turns.flatMap(({ aside }) => aside));
  }

  /** A worker that was full, which may be before it was ready. One that stands aside is called back at the end of its tick anyway. */
  wantsMore(worker: number): void {
    this.#stuck.delete(worker);
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
    this.#begin(quiet ? [] : this.#peers().flatMap((seats) => nextTurn(seats) ?? []));
    if (quiet) this.#ticking = false;
    else this.#clock.after(TICK, () => this.#tick());
  }

  #peers(): Seat[][] {
    const seats = [...this.#seats.values()].filter(({ worker }) => !this.#stuck.has(worker));
    return [...Map.groupBy(seats, ({ worker }) => this.#effects.placeOf(worker)).values()];
  }

  /** Whoever need not stand aside any more is back at once, the takers among them. */
  #begin(turns: readonly Turn[]): void {
    this.#stopAsking();
    this.#silent.clear();
    this.#turns = turns;
    this.#settle(turns.flatMap(({ aside }) => aside).filter((worker) => this.#aside.has(worker)));
    this.#ask(turns);
  }

  #ask(turns: readonly Turn[]): void {
    if (turns.length === 0) return;
    for (const { taker } of turns) {
      this.#silent.add(taker);
      this.#effects.askIfFree(taker);
    }
    this.#stopAsking = this.#clock.after(PATIENCE, () => this.#answersDue());
  }

  #answersDue(): void {
    // To be asked costs more than a request: where others accept as well, once a tick will do.
    if (this.#silent.size === 0) return this.#ask(this.#turns.filter(({ isAlone }) => isAlone));
    for (const worker of this.#silent) this.#stuck.add(worker);
    this.#begin([]);
  }

  #settle(aside: readonly number[]): void {
    const next = new Set(aside);
    for (const worker of this.#aside) if (!next.has(worker) && this.#seats.has(worker)) this.#effects.rejoin(worker);
    for (const worker of next) if (!this.#aside.has(worker)) this.#effects.stepAside(worker);
    this.#aside = next;
  }
}
