import { inspect } from "node:util";
import { checkOptions, checkStoreOptions } from "./check-options.ts";
import { toJson } from "./json.ts";
import { openStore, type StoreOptions } from "./open.ts";
import type { Store } from "./store.ts";
import { readTtl } from "./time-to-live.ts";
import { isNotANumber, StoreTypeError } from "./unavailable.ts";

/**
 * Small things that all workers of an app share: values under keys, the same in each worker, kept over restarts.
 *
 * Keys are text of 1 to 512 bytes. Values are what JSON can hold. A promise is settled when every worker would see the outcome, after 300 ms at the latest: a
 * store that is away rejects with an error whose `code` is `STORE_UNAVAILABLE` (and `status` 503). A key, value or time to live that cannot be rejects with a
 * TypeError that says what was expected and what was got.
 */
export interface Kv {
  /** What was set last; `undefined` where nothing is, or no longer (`null` is a value like any other). `T` is your word for it: nothing checks it. */
  get<T = unknown>(key: string): Promise<T | undefined>;
  /** Replaces what was there, its time to live included. */
  set(key: string, value: unknown, options?: KvOptions): Promise<void>;
  /** Answers whether it was there. */
  delete(key: string): Promise<boolean>;
  /**
   * Adds a whole number (default 1, it may be negative) and answers the sum: one step, however many workers do so at once. What is not there counts as 0 and
   * lives for `ttl`; what is there keeps the time it has left. `get` answers the number.
   * @throws TypeError with the code `STORE_NOT_A_NUMBER` when something other than a whole number is there, or the sum would be beyond ±(2^53 - 1)
   */
  incr(key: string, by?: number, options?: KvOptions): Promise<number>;
  /** All whose key begins with the prefix, in the order of their keys' bytes; `""`: all. Reads each of them: for small sets. */
  list<T = unknown>(prefix: string): Promise<KvEntry<T>[]>;
}

export interface KvOptions {
  /** How long it is kept: milliseconds, or text with a unit such as `"10m"`, `"24h"`, `"7d"`. Default: until it is deleted. */
  readonly ttl?: number | string | undefined;
}

export interface KvEntry<T = unknown> {
  readonly key: string;
  readonly value: T;
}

const LONGEST_KEY = 512;
/** Where in the store these keys live: sessions and rate limits have other letters. */
const ROOM = "k:";

/** The app's own, in the store that Drover gives its workers. Opened at the first use; under plain `node` it is this process's memory. */
export const kv: Kv = kvIn(() => openStore());

/**
 * In another store, such as `redis://cache:6379/0?prefix=shop`, which several apps may share.
 * @throws AppError STORE_INVALID, STORE_UNSUPPORTED or STORE_CLIENT_MISSING; TypeError for options that are none. A store that is merely away is no error here.
 */
export function openKv(options: StoreOptions): Kv {
  checkStoreOptions(options, '{ url: "redis://cache:6379/0" }');
  const store = openStore(options);
  return kvIn(() => store);
}

// All are async functions, so that a mistake rejects and never throws. The store is asked for each time: it is the one the process has, and this room keeps no state.
function kvIn(store: () => Store): Kv {
  return {
    async get<T>(key: string): Promise<T | undefined> {
      const json = await store().get(placeOf(key));
      return json === null ? undefined : (JSON.parse(json) as T);
    },

    async set(key, value, options) {
      await store().set(placeOf(key), toJson(value), lifeOf(options));
    },

    async delete(key) {
      return store().destroy(placeOf(key));
    },

    async incr(key, by = 1, options) {
      if (!Number.isSafeInteger(by)) throw new TypeError(`expected a whole number to add, got ${inspect(by)}`);
      try {
        const { value } = await store().incr(placeOf(key), by, lifeOf(options));
        return value;
      } catch (error) {
        // The store names its own key; the app knows it without the room.
        throw isNotANumber(error) ? new StoreTypeError(key) : error;
      }
    },

    async list<T>(prefix: string): Promise<KvEntry<T>[]> {
      checkText(prefix, 0, "prefix");
      const entries = await store().all(ROOM + prefix);
      return entries.map(({ key, value }) => ({ key: key.slice(ROOM.length), value: JSON.parse(value) as T }));
    },
  };
}

function lifeOf(options: KvOptions | undefined): number | null {
  checkOptions(options, '{ ttl: "10m" }', ["ttl"]);
  return readTtl(options?.ttl);
}

function placeOf(key: string): string {
  checkText(key, 1, "key");
  return ROOM + key;
}

/** Types are not there at run time, and lone surrogates would become one and the same key. */
function checkText(text: unknown, shortest: number, what: "key" | "prefix"): void {
  const expected = `expected a ${what} of ${shortest} to ${LONGEST_KEY} bytes`;
  if (typeof text !== "string") throw new TypeError(`${expected}, got ${inspect(text)}`);
  if (!text.isWellFormed()) throw new TypeError(`${expected} of well-formed text, got ${inspect(text)}`);
  const bytes = Buffer.byteLength(text);
  if (bytes < shortest || bytes > LONGEST_KEY) throw new TypeError(`${expected}, got ${bytes}`);
}
