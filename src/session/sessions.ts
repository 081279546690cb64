import { hash } from "node:crypto";
import { checkStoreOptions } from "../store/check-options.ts";
import { openStore, type StoreOptions } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { readTtl } from "../store/time-to-live.ts";
import { isUnavailable } from "../store/unavailable.ts";
import { KeptLives } from "./kept-lives.ts";

/** What every framework's `createStore` takes. */
export interface SessionOptions extends StoreOptions {
  /** How long a session lives whose cookie names no end: milliseconds, or a text such as `"12h"`. Default `"1d"`. */
  readonly ttl?: number | string | undefined;
}

/** Time and chance, for tests to replace. */
interface Surroundings {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** The letter of this room in the store. */
const ROOM = "s:";
const STANDARD_TTL = 86_400_000;
/** Ten years: as good as for ever, and well within what every engine can count. */
const LONGEST_TTL = 10 * 365 * STANDARD_TTL;

/** Opens the app's store and answers its sessions. @throws AppError as `openStore` does; TypeError for options that are none, and for a `ttl` that is none. */
export function openSessions(options: SessionOptions = {}): Sessions {
  checkStoreOptions(options, '{ ttl: "12h" }', ["ttl"]);
  const ttl = readTtl(options.ttl) ?? STANDARD_TTL;
  return new Sessions(openStore(options), ttl, { clock: Date.now, random: Math.random });
}

/**
 * Sessions in a store: what all frameworks' doors share. The store sees digests of the ids, so that a copy of it lets nobody in.
 *
 * A door calls `write` for a session that *its own request* changed, compared with what that request has read or written before, and `touch` for any other. So a
 * request that changed nothing never overwrites what another worker wrote meanwhile, and one that sets an old content back on purpose does write.
 *
 * A `ttl` is in milliseconds from now: how long the client was promised. `null`, `undefined` and what is no number mean the standard one; one that is over
 * (0 or less) ends the session. The store keeps a session up to a fifth longer, never shorter: a tenth so that not every request must touch it, and up to a tenth by
 * chance, so that sessions that began together do not end together.
 */
export class Sessions {
  readonly #store: Store;
  readonly #standardTtl: number;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #kept = new KeptLives();

  constructor(store: Store, standardTtl: number, { clock, random }: Surroundings) {
    this.#store = store;
    this.#standardTtl = standardTtl;
    this.#clock = clock;
    this.#random = random;
  }

  /** The text as it was written; `null`: there is none. @throws StoreUnavailable, which must never be taken for `null` */
  async read(id: string): Promise<string | null> {
    return this.#store.get(keyOf(id));
  }

  /** @throws StoreUnavailable: it may or may not be written */
  async write(id: string, text: string, ttl?: number | null): Promise<void> {
    const promised = this.#promised(ttl);
    if (promised <= 0) return void (await this.destroy(id));
    const now = this.#clock();
    this.#kept.forget(id);
    await this.#store.set(keyOf(id), text, this.#life(promised));
    this.#kept.remember(id, now, promised);
  }

  /**
   * Lets a session live on for `ttl`, at most once in a tenth of it. Never brings back what is gone. While the store is away nothing happens: the session was read,
   * the answer is right, and the next request touches again.
   */
  async touch(id: string, ttl?: number | null): Promise<void> {
    const promised = this.#promised(ttl);
    const now = this.#clock();
    if (promised > 0 && this.#kept.covers(id, now, promised)) return;
    try {
      if (promised <= 0) return void (await this.destroy(id));
      const isThere = await this.#store.touch(keyOf(id), this.#life(promised));
      if (isThere) this.#kept.remember(id, now, promised);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }

  /** Answers whether it was there. @throws StoreUnavailable: it may still be there */
  async destroy(id: string): Promise<boolean> {
    this.#kept.forget(id);
    return this.#store.destroy(keyOf(id));
  }

  /** The texts of all sessions, in no order that means anything. Walks through the store: for people. */
  async all(): Promise<readonly string[]> {
    return (await this.#store.all(ROOM)).map(({ value }) => value);
  }

  async count(): Promise<number> {
    return this.#store.length(ROOM);
  }

  /** Ends all sessions and answers how many there were. */
  async clear(): Promise<number> {
    this.#kept.forgetAll();
    return this.#store.clear(ROOM);
  }

  #promised(ttl: number | null | undefined): number {
    const given = ttl ?? this.#standardTtl;
    return Number.isNaN(given) ? this.#standardTtl : Math.min(given, LONGEST_TTL);
  }

  #life(promised: number): number {
    return Math.ceil(promised + promised / 10 + (this.#random() * promised) / 10);
  }
}

function keyOf(id: string): string {
  return ROOM + hash("sha256", id, "base64url");
}
