import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { checkStoreOptions } from "./check-options.ts";
import { openStore, type StoreOptions } from "./open.ts";
import type { Counter, Store } from "./store.ts";
import { readTtl } from "./time-to-live.ts";

export interface RateLimitOptions extends StoreOptions {
  /** Keeps the counts of two limiters apart. Default `""`: enough for one. Limiters of the same name count together. */
  readonly name?: string | undefined;
}

/** How often a client has come, and when its window ends. */
export interface Hits {
  readonly totalHits: number;
  readonly resetTime: Date | undefined;
}

/**
 * A store for express-rate-limit 8: one limit over all workers. `rateLimit({ limit: 100, windowMs: 60_000, store: createStore() })`. A window begins with a
 * client's first request and has a fixed end. While the store is away the methods reject with an error whose `status` is 503, see `passOnStoreError`.
 * @throws AppError STORE_INVALID, STORE_UNSUPPORTED or STORE_CLIENT_MISSING. A store that is merely away is no error here.
 * @throws TypeError for options that are none, and for a name of more than 64 bytes
 */
export function createStore(options: RateLimitOptions = {}): RateLimitStore {
  checkStoreOptions(options, '{ name: "login" }', ["name"]);
  return new RateLimitStore(openStore(options), options.name ?? "");
}

const LONGEST_NAME = 64;
const LONGEST_READABLE = 256;
/** express-rate-limit's own default. */
const STANDARD_WINDOW = 60_000;
/** For a count that ends between the look whether it is there and the change: what is made then ends at once. */
const BARELY = 1;

class RateLimitStore {
  /** Read by express-rate-limit: all workers count the same keys. */
  readonly localKeys = false;
  /** Read by express-rate-limit, to tell two limiters from one that counts twice. */
  readonly prefix: string;
  readonly #store: Store;
  readonly #room: string;
  #window = STANDARD_WINDOW;

  constructor(store: Store, name: string) {
    if (typeof name !== "string" || !name.isWellFormed() || Buffer.byteLength(name) > LONGEST_NAME)
      throw new TypeError(`expected a limiter's name of up to ${LONGEST_NAME} bytes, got ${inspect(name)}`);
    this.prefix = name;
    this.#store = store;
    // Encoded, it has no colon: no name is the beginning of another one's keys.
    this.#room = `r:${encodeURIComponent(name)}:`;
  }

  /** Called by express-rate-limit with the limiter's options. */
  init({ windowMs }: { readonly windowMs: number }): void {
    this.#window = readTtl(windowMs) ?? STANDARD_WINDOW;
  }

  async get(key: string): Promise<Hits | undefined> {
    const counter = await this.#change(key, 0);
    return counter === null ? undefined : hitsOf(counter);
  }

  async increment(key: string): Promise<Hits> {
    return hitsOf(await this.#store.incr(this.#placeOf(key), 1, this.#window));
  }

  async decrement(key: string): Promise<void> {
    await this.#change(key, -1);
  }

  async resetKey(key: string): Promise<void> {
    await this.#store.destroy(this.#placeOf(key));
  }

  async resetAll(): Promise<void> {
    await this.#store.clear(this.#room);
  }

  /** Only what is there: a look, or a hit taken back after its window has ended, begins no new window. */
  async #change(key: string, by: number): Promise<Counter | null> {
    const place = this.#placeOf(key);
    return (await this.#store.get(place)) === null ? null : this.#store.incr(place, by, BARELY);
  }

  /** Keys come from the requests: whatever the length, they fit. */
  #placeOf(key: string): string {
    const fits = key.isWellFormed() && Buffer.byteLength(key) <= LONGEST_READABLE;
    return this.#room + (fits ? key : `#${createHash("sha256").update(key).digest("base64url")}`);
  }
}

/** One that was taken back twice would leave less than one: express-rate-limit expects to hear of one at least. */
function hitsOf({ value, ttl }: Counter): Hits {
  return { totalHits: Math.max(value, 1), resetTime: ttl === null ? undefined : new Date(Date.now() + ttl) };
}
