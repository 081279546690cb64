import type { Figures, InspectorState, ToPrimary, UnderWay } from "../../protocol/ipc.ts";

/** A worker's figures at a time of the primary's clock. */
export interface Reading {
  readonly at: number;
  readonly figures: Figures;
}

/** Its last sign of life, with what it was answering then. */
export interface Beat extends Reading {
  readonly underWay: readonly UnderWay[];
  readonly inspector: InspectorState;
}

/** How far back it reaches. Milliseconds. */
const KEPT = 60_000;

/** What a worker has said of itself, once a second since it was ready. */
export class Pulse {
  /** Of the last minute, the oldest first. */
  #beats: Reading[] = [];
  #last: Beat | null = null;

  /** Null: none yet. */
  get last(): Beat | null {
    return this.#last;
  }

  /** Of the minute before the last beat, the oldest first. */
  get beats(): readonly Reading[] {
    return this.#beats;
  }

  /** @param at on the primary's clock */
  take({ figures, underWay, inspector }: Extract<ToPrimary, { type: "beat" }>, at: number): void {
    this.#last = { at, figures, underWay, inspector };
    this.#beats = [...this.#beats.filter((one) => at - one.at < KEPT), { at, figures }];
  }
}
