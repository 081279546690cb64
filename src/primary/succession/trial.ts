import type { AppError } from "../../errors.ts";
import type { Clock } from "../supervisor.ts";

/**
 * As a new generation is by a reload, a successor is judged by its workers: they must boot, and live through their probation; and when all of them are ready,
 * all must live through one more.
 */
export class Trial {
  readonly #clock: Clock;
  readonly #probation: number;
  readonly #failed: (error: AppError) => void;
  #full = false;
  #over = false;

  constructor(clock: Clock, probation: number, failed: (error: AppError) => void) {
    this.#clock = clock;
    this.#probation = probation;
    this.#failed = failed;
  }

  /** All workers are ready; `passed` is called if none of them dies within the probation. */
  ready(passed: () => void): void {
    this.#full = true;
    this.#clock.after(this.#probation, () => {
      if (this.#over) return;
      this.#over = true;
      passed();
    });
  }

  /** A worker has. @param readyAt null: it never was ready */
  died(readyAt: number | null, explain: () => AppError): void {
    const isTried = this.#full || readyAt === null || this.#clock.now() - readyAt < this.#probation;
    if (this.#over || !isTried) return;
    this.#over = true;
    this.#failed(explain());
  }
}
