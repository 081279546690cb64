import type { Clock } from "../supervisor.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** A worker whose loop is blocked does not answer, and nobody waits for it longer than this. Milliseconds. */
const PATIENCE = 500;

/** Asks workers for their figures when somebody wants to see them; in between they cost nothing. */
export class FigureDesk<Figures> {
  readonly #clock: Clock;
  readonly #question: "report" | "scrape";
  readonly #asked = new Map<number, (figures: Figures | null) => void>();
  #lastSeq = 0;

  constructor(clock: Clock, question: "report" | "scrape") {
    this.#clock = clock;
    this.#question = question;
  }

  /** Null: no answer in time. */
  ask(worker: WorkerHandle): Promise<Figures | null> {
    const seq = ++this.#lastSeq;
    const { promise, resolve } = Promise.withResolvers<Figures | null>();
    const cancel = this.#clock.after(PATIENCE, () => this.answered(seq, null));
    this.#asked.set(seq, (figures) => {
      cancel();
      resolve(figures);
    });
    worker.send({ type: this.#question, seq });
    return promise;
  }

  answered(seq: number, figures: Figures | null): void {
    const answer = this.#asked.get(seq);
    this.#asked.delete(seq);
    answer?.(figures);
  }
}
