import { isDeepStrictEqual } from "node:util";
import { AppError } from "../../errors.ts";
import type { Result, Served } from "../../protocol/control.ts";
import type { Primary } from "../primary.ts";
import { takeServed } from "./served.ts";

/** Each of them holds one of the connections that all verbs share. */
const MOST = 16;

interface Follower {
  readonly tell: (served: Served) => void;
  readonly leave: () => void;
}

/** Those who are told what a balancer in front is to list, whenever that changes. While there are none, nobody looks. */
export class Followers {
  readonly #primary: Primary;
  readonly #followers = new Set<Follower>();
  #told: Served = { size: 0, slots: [] };
  #looking = false;
  #stopWatching: () => void = () => undefined;

  constructor(primary: Primary) {
    this.#primary = primary;
    const away = primary.until(() => primary.survivor?.leads === true);
    void Promise.race([primary.ended, away]).then(() => {
      for (const { leave } of this.#followers) leave();
    });
  }

  /**
   * Resolves when the app has ended, or the follower is gone.
   * @throws AppError CONTROL_FAILED when there are too many; STOPPING
   */
  async follow(tell: Follower["tell"], gone: AbortSignal): Promise<Result> {
    // Nobody would tell it of an end that has come already.
    if (this.#primary.stopping) throw new AppError("STOPPING", "the app is being stopped");
    if (this.#followers.size >= MOST)
      throw new AppError("CONTROL_FAILED", `expected at most ${MOST} followers of this app, got one more`);
    if (this.#followers.size === 0) this.#begin();
    const { promise, resolve } = Promise.withResolvers<void>();
    const follower: Follower = { tell, leave: resolve };
    this.#followers.add(follower);
    gone.addEventListener("abort", () => resolve(), { once: true });
    tell(this.#told);
    await promise;
    this.#followers.delete(follower);
    if (this.#followers.size === 0) this.#stopWatching();
    return { verb: "follow", text: "the app has ended" };
  }

  #begin(): void {
    this.#told = takeServed(this.#primary);
    this.#stopWatching = this.#primary.watch(() => this.#lookSoon());
  }

  /** Once in a turn, when all that changes with the fleet has changed. */
  #lookSoon(): void {
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(() => {
      this.#looking = false;
      this.#look();
    });
  }

  #look(): void {
    const served = takeServed(this.#primary);
    if (isDeepStrictEqual(served, this.#told)) return;
    this.#told = served;
    for (const { tell } of this.#followers) tell(served);
  }
}
