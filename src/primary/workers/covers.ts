import { covers, type OwnAddress, type ReadyWorker } from "../../policy/covers.ts";
import type { Worker } from "../../policy/fleet.ts";
import type { ToWorker } from "../../protocol/ipc.ts";
import type { SocketHandle } from "../sockets/bind.ts";
import type { Listener, Listeners } from "../sockets/listeners.ts";
import type { Clock } from "../supervisor.ts";

export interface CoverEffects {
  readonly listeners: Pick<Listeners, "all" | "kinOf" | "coveredBy">;
  /** Empty from the stop on: then every worker empties its queues, the covered ones too. */
  readonly workers: () => readonly Pick<Worker, "id" | "slot" | "state">[];
  readonly send: (worker: number, message: ToWorker, handle?: SocketHandle) => void;
  readonly clock: Pick<Clock, "after">;
  /** For people: an address that had a worker of its own is covered, told once, and it has one again. */
  readonly covered: (listener: Listener, by: number) => void;
  readonly served: (listener: Listener) => void;
}

/** When all workers die or come back at once, covers change hands many times: what does not last so long is no news. Milliseconds. */
const LASTS = 100;

/** Carries out policy/covers.ts: while a slot with an address of its own has no worker, a sibling with room accepts there too. */
export class Covers {
  readonly #effects: CoverEffects;
  readonly #told = new Set<Listener>();
  /** Workers at their cap of requests at once. */
  readonly #full = new Set<number>();
  #telling = false;

  constructor(effects: CoverEffects) {
    this.#effects = effects;
  }

  /** To be called when the fleet, or what a worker listens on, has changed. */
  settle(): void {
    const own = this.#own();
    const staying = this.#effects.workers().filter(({ state }) => state !== "draining");
    const ids = new Set(staying.map(({ id }) => id));
    for (const id of this.#full) if (!ids.has(id)) this.#full.delete(id);
    if (own.length === 0 || staying.length === 0) return;
    const ready = staying.filter(isReady).map(({ id, slot }) => ({ id, slot, isFull: this.#full.has(id) }));
    const rows = own.flatMap((listener) => rowOf(listener, ids));
    const wanted = covers(rows, ready);
    for (const listener of own) this.#turn(listener, wanted.get(listener.key));
    for (const listener of this.#told) {
      if (!own.includes(listener)) this.#told.delete(listener);
      else if (isServed(listener, ready)) this.#servedAgain(listener);
    }
  }

  /** The worker has stopped accepting by itself. */
  full(worker: number): void {
    this.#full.add(worker);
    this.settle();
  }

  /** It wants to accept again. */
  hasRoom(worker: number): void {
    if (this.#full.delete(worker)) this.settle();
  }

  /** A worker that had stopped accepting begins again. */
  resume(worker: number): void {
    for (const listener of this.#effects.listeners.coveredBy(worker)) this.#cover(listener, worker);
  }

  /** These are given up, and whoever covers them stays. */
  end(listeners: readonly Listener[]): void {
    for (const listener of listeners) this.#turn(listener, undefined);
  }

  #turn(listener: Listener, worker: ReadyWorker | undefined): void {
    const before = listener.coveredBy;
    if (before === (worker?.id ?? null)) return;
    if (before !== null) this.#effects.send(before, { type: "uncover", key: listener.key });
    listener.coveredBy = worker?.id ?? null;
    if (!worker) return;
    this.#cover(listener, worker.id);
    this.#tellLater(listener);
  }

  #tellLater(listener: Listener): void {
    if (this.#telling || this.#isKnown(listener)) return;
    this.#telling = true;
    this.#effects.clock.after(LASTS, () => {
      this.#telling = false;
      this.#tell();
    });
  }

  #tell(): void {
    const workers = this.#effects.workers();
    const ready = workers.filter(isReady);
    const slots = new Map(workers.map(({ id, slot }) => [id, slot]));
    for (const listener of this.#own()) {
      const by = slots.get(listener.coveredBy ?? 0);
      // A worker that is full has not gone.
      if (by === undefined || this.#isKnown(listener) || isServed(listener, ready)) continue;
      this.#told.add(listener);
      this.#effects.covered(listener, by);
    }
  }

  /** Before its first worker has come an address has nothing to miss. */
  #isKnown(listener: Listener): boolean {
    return listener.protocol === null || this.#told.has(listener);
  }

  #own(): readonly Listener[] {
    return this.#effects.listeners.all().filter(({ own }) => own);
  }

  #cover(listener: Listener, worker: number): void {
    const by = this.#effects.listeners.kinOf(listener, worker);
    if (by) this.#effects.send(worker, { type: "cover", key: listener.key, by: by.key }, listener.handle);
  }

  #servedAgain(listener: Listener): void {
    this.#told.delete(listener);
    this.#effects.served(listener);
  }
}

function rowOf({ key, own, users, coveredBy }: Listener, staying: ReadonlySet<number>): readonly OwnAddress[] {
  if (!own) return [];
  const servers = [...users].filter(([id, how]) => how === "listening" && staying.has(id)).map(([id]) => id);
  return [{ key, slot: own.slot, family: own.of, servers, coveredBy }];
}

function isReady({ state }: Pick<Worker, "state">): boolean {
  return state === "ready";
}

function isServed({ users }: Listener, ready: readonly Pick<Worker, "id">[]): boolean {
  return ready.some(({ id }) => users.get(id) === "listening");
}
