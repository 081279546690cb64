import type { DegradedStore } from "../../protocol/control.ts";

interface Trouble {
  /** As its first worker said. */
  readonly reason: string;
  readonly since: number;
  /** Those that cannot reach it: slots, by the worker's id. */
  readonly slots: Map<number, number>;
}

/** Told once for all workers together. */
export interface TroubleListener {
  readonly degraded: (store: string, reason: string, slot: number) => void;
  /** `gone`: nobody said that it is well again, the last who missed it has ended. */
  readonly recovered: (store: string, ms: number, gone: boolean) => void;
}

/** Which stores cannot do their work, by the word of the workers that use them. */
export class StoreTroubles {
  readonly #now: () => number;
  readonly #listener: TroubleListener;
  readonly #troubles = new Map<string, Trouble>();

  constructor(now: () => number, listener: TroubleListener) {
    this.#now = now;
    this.#listener = listener;
  }

  /** @param reason null: it can do its work again */
  heard(worker: { readonly id: number; readonly slot: number }, store: string, reason: string | null): void {
    if (reason === null) return this.#over(store, worker.id, false);
    const known = this.#troubles.get(store);
    if (known) return void known.slots.set(worker.id, worker.slot);
    this.#troubles.set(store, { reason, since: this.#now(), slots: new Map([[worker.id, worker.slot]]) });
    this.#listener.degraded(store, reason, worker.slot);
  }

  /** A worker has ended. */
  forget(id: number): void {
    for (const store of this.#troubles.keys()) this.#over(store, id, true);
  }

  all(): readonly DegradedStore[] {
    return [...this.#troubles].map(([store, { reason, since, slots }]) => {
      const sorted = [...new Set(slots.values())].toSorted((one, other) => one - other);
      return { store, reason, slots: sorted, ms: Math.round(this.#now() - since) };
    });
  }

  #over(store: string, id: number, gone: boolean): void {
    const trouble = this.#troubles.get(store);
    if (!trouble?.slots.delete(id) || trouble.slots.size > 0) return;
    this.#troubles.delete(store);
    this.#listener.recovered(store, this.#now() - trouble.since, gone);
  }
}
