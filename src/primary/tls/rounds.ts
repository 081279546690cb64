import type { Clock } from "../supervisor.ts";
import type { Crew } from "../workers/crew.ts";
import type { WorkerHandle } from "../workers/worker-handle.ts";

/** How a round ended. */
export interface Shared {
  /** Workers that use it. */
  readonly workers: number;
  /** What the others have to say, by slot: they keep what they had. */
  readonly refused: readonly { readonly slot: number; readonly error: string }[];
  /** Slots of those that were too busy to answer: they take it over when they can. */
  readonly late: readonly number[];
}

interface Round {
  readonly serial: number;
  /** Those who have not answered yet, by id. */
  readonly waiting: Map<number, number>;
  readonly refused: { readonly slot: number; readonly error: string }[];
  workers: number;
  readonly end: (late: boolean) => void;
}

/** A worker that is busy for longer takes it over when it is not. Milliseconds. */
const PATIENCE = 10_000;

/** Tells workers of a change and hears from each that it has come to pass there. */
export class Rounds {
  readonly #clock: Clock;
  readonly #crew: Crew;
  readonly #open = new Set<Round>();

  constructor(clock: Clock, crew: Crew) {
    this.#clock = clock;
    this.#crew = crew;
  }

  /** @param tell tells a worker, and answers whether the change is for it. Whoever starts meanwhile has it from its birth. */
  share(serial: number, tell: (handle: WorkerHandle) => boolean): Promise<Shared> {
    const told = this.#crew.all().filter(({ handle, exiting }) => !exiting && handle.connected && tell(handle));
    const { promise, resolve } = Promise.withResolvers<Shared>();
    const waiting = new Map(told.map(({ handle }) => [handle.id, handle.slot]));
    const end = (late: boolean): void => {
      if (!this.#open.delete(round)) return;
      cancel();
      resolve({ workers: round.workers, refused: round.refused, late: late ? [...waiting.values()] : [] });
    };
    const round: Round = { serial, waiting, refused: [], workers: 0, end };
    this.#open.add(round);
    const cancel = this.#clock.after(PATIENCE, () => end(true));
    if (waiting.size === 0) end(false);
    return promise;
  }

  /** A later state is an earlier one, and more. */
  applied(worker: number, serial: number, error: string | null): void {
    for (const round of this.#open) {
      const slot = round.waiting.get(worker);
      if (slot === undefined || serial < round.serial) continue;
      if (error === null) round.workers += 1;
      else round.refused.push({ slot, error });
      this.#strike(round, worker);
    }
  }

  left(worker: number): void {
    for (const round of this.#open) this.#strike(round, worker);
  }

  close(): void {
    for (const { end } of this.#open) end(false);
  }

  #strike(round: Round, worker: number): void {
    if (round.waiting.delete(worker) && round.waiting.size === 0) round.end(false);
  }
}
