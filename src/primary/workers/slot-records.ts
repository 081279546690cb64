import type { AppError } from "../../errors.ts";
import type { LastExit } from "../../protocol/control.ts";
import type { Succession } from "../../protocol/succession.ts";

interface SlotRecord {
  /** How often a worker that died was replaced. */
  readonly restarts: number;
  /** How often a worker that was well was replaced. */
  readonly recycles: number;
  readonly lastExit: LastExit | null;
  /** How many of them never got ready, and why the last one did not. */
  readonly failedBoots: number;
  readonly bootError: AppError | null;
}

const BLANK: SlotRecord = { restarts: 0, recycles: 0, lastExit: null, failedBoots: 0, bootError: null };

/** What is remembered of each slot's past. */
export class SlotRecords {
  readonly #records = new Map<number, SlotRecord>();
  readonly #served = new Set<number>();

  /** `restarts`: what the primary before has counted. */
  constructor(restarts: Succession["restarts"] = []) {
    for (const { slot, count } of restarts) this.#records.set(slot, { ...BLANK, restarts: count });
  }

  get(slot: number): SlotRecord {
    return this.#records.get(slot) ?? BLANK;
  }

  /** Its worker is ready. */
  serves(slot: number): void {
    this.#served.add(slot);
  }

  /** Whether a worker of it has ever been ready. */
  hasServed(slot: number): boolean {
    return this.#served.has(slot);
  }

  recycled(slot: number): void {
    const record = this.get(slot);
    this.#records.set(slot, { ...record, recycles: record.recycles + 1 });
  }

  died(slot: number, lastExit: LastExit, bootError: AppError | null): void {
    const { restarts, failedBoots, ...record } = this.get(slot);
    const boots = failedBoots + (bootError ? 1 : 0);
    this.#records.set(slot, { ...record, restarts: restarts + 1, lastExit, failedBoots: boots, bootError });
  }
}
