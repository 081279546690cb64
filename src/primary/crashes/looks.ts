import { routesOf } from "../../crashes/routes.ts";
import type { RouteAtDeath } from "../../protocol/crash.ts";
import { NAMED_CUTS, type UnderWay } from "../../protocol/ipc.ts";

/** What a worker was found answering. */
interface Look {
  readonly at: number;
  readonly routes: readonly string[];
  /** There was more than could be named: who is missing here may have been there. */
  readonly isCut: boolean;
}

/** How far back they reach. Milliseconds. */
const KEPT = 60_000;

/** What workers were answering in the last minute, once a second: what a route under way at a death is measured against. */
export class Looks {
  readonly #byWorker = new Map<number, Look[]>();

  /** @param at on the primary's clock, as everywhere here */
  take(worker: number, underWay: readonly UnderWay[], at: number): void {
    const kept = this.#byWorker.get(worker)?.filter((look) => at - look.at < KEPT) ?? [];
    const isCut = underWay.length >= NAMED_CUTS;
    this.#byWorker.set(worker, [...kept, { at, routes: routesOf(underWay.slice(0, NAMED_CUTS)), isCut }]);
  }

  /**
   * The routes that a worker leaves behind at its death, and how often they were found otherwise. Its own looks count until the oldest of those requests
   * began: after that they would be the same requests, found again.
   */
  atDeath(worker: number, requests: readonly UnderWay[], began: number): readonly RouteAtDeath[] {
    const looks = [...this.#byWorker].flatMap(([id, all]) =>
      id === worker ? all.filter(({ at }) => at < began) : all,
    );
    return routesOf(requests).map((route) => {
      const seen = looks.filter(({ routes }) => routes.includes(route)).length;
      const unseen = looks.filter(({ routes, isCut }) => !isCut && !routes.includes(route)).length;
      return { route, looks: seen + unseen, seen };
    });
  }

  forget(worker: number): void {
    this.#byWorker.delete(worker);
  }
}
