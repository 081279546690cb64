import type { Bequest } from "../../protocol/bequest.ts";
import type { Primary } from "../primary.ts";
import type { Listener } from "../sockets/listeners.ts";

/** Has every ready worker know how a successor is started, and hold every listener's socket for it: any of them may be the last that is left. */
export class Heirs {
  readonly #primary: Primary;
  readonly #bequest: Bequest;
  /** The listeners whose sockets each worker has, by its id. */
  readonly #given = new Map<number, ReadonlySet<Listener>>();

  constructor(primary: Primary, bequest: Bequest) {
    this.#primary = primary;
    this.#bequest = bequest;
  }

  /** After each change of the fleet. */
  provide(): void {
    const { crew, supervisor, stopping, leaving } = this.#primary;
    for (const id of this.#given.keys()) if (!crew.get(id)) this.#given.delete(id);
    if (stopping || leaving !== null) return;
    for (const { id, state } of supervisor.fleet.workers) if (state === "ready") this.#provideOne(id);
  }

  #provideOne(id: number): void {
    const { crew, listeners } = this.#primary;
    const handle = crew.get(id)?.handle;
    if (!handle) return;
    const known = this.#given.get(id);
    if (!known) handle.send({ type: "heir", bequest: this.#bequest });
    const all = listeners.all();
    for (const one of all) if (!known?.has(one)) handle.send({ type: "keep", key: one.key }, one.handle);
    this.#given.set(id, new Set(all));
  }
}
