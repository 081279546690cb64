import type { SocketHandle } from "../sockets/bind.ts";

/** Who can take a connection over. */
export interface Taker {
  readonly worker: number;
  adopt(id: number, connection: SocketHandle): void;
}

interface Rescued {
  readonly key: string;
  readonly connection: SocketHandle;
  /** To whom it was offered; `null`: it waits for a worker. */
  taker: number | null;
}

/**
 * Connections that workers accepted, read nothing from, and left behind when the app called `process.exit()`. Each is offered to a worker on the
 * same address and kept until that one has it: the taker may be at its own end.
 */
export class Rescue {
  readonly #rescued = new Map<number, Rescued>();
  #lastId = 0;
  readonly #findTaker: (key: string) => Taker | null;

  constructor(findTaker: (key: string) => Taker | null) {
    this.#findTaker = findTaker;
  }

  take(key: string, connection: SocketHandle): void {
    const id = ++this.#lastId;
    this.#rescued.set(id, { key, connection, taker: null });
    this.offerWaiting();
  }

  /** To be called when a worker has become ready. */
  offerWaiting(): void {
    for (const [id, rescued] of this.#rescued) {
      const taker = rescued.taker === null ? this.#findTaker(rescued.key) : null;
      if (!taker) continue;
      rescued.taker = taker.worker;
      taker.adopt(id, rescued.connection);
    }
  }

  adopted(id: number): void {
    this.#rescued.get(id)?.connection.close();
    this.#rescued.delete(id);
  }

  /** Everything that worker had to say is heard: what it has not adopted it never will. */
  lost(worker: number): void {
    for (const rescued of this.#rescued.values()) if (rescued.taker === worker) rescued.taker = null;
    this.offerWaiting();
  }

  /** Nobody is left to take them. */
  giveUp(): void {
    for (const id of this.#rescued.keys()) this.adopted(id);
  }
}
