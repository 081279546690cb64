/**
 * What an app's workers share: texts under keys, each with a time to live. One interface, one behaviour (test/store/behaviour.ts), several engines.
 *
 * Keys are well-formed text of 1 to {@link LONGEST_KEY} bytes; times to live are whole milliseconds from now, at least 1, `null` for no end. What has ended is as if it
 * had never been there. A promise is settled when every other worker would see the outcome; one that rejects with {@link StoreUnavailable} may or may not have
 * had its effect. No promise takes longer than {@link LONGEST_WAIT} milliseconds.
 */
export interface Store {
  /** The store as status and log lines name it: `sqlite:/home/ada/.drover/state/shop/store.db`, `redis://cache:6379/0`. Never with a password. */
  readonly name: string;
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttl: number | null): Promise<void>;
  /** Gives what is there a new time to live; never brings back what is gone. Answers whether it was there. */
  touch(key: string, ttl: number | null): Promise<boolean>;
  /** Answers whether it was there. */
  destroy(key: string): Promise<boolean>;
  /**
   * Adds a whole number (it may be negative) to the one under the key, as one step, however many workers do so at once. What is not there counts as 0 and lives
   * for `ttl`; what is there keeps the life it has.
   * @throws StoreTypeError when something other than a whole number is there, or the sum would be beyond ±(2^53 - 1): what is there stays
   */
  incr(key: string, by: number, ttl: number | null): Promise<Counter>;
  /** All that begin with the prefix, ordered by key (bytes). Walks through the store: for small sets and for people, not for each request. */
  all(prefix: string): Promise<readonly Entry[]>;
  /** How many begin with the prefix. */
  length(prefix: string): Promise<number>;
  /** Removes all that begin with the prefix and answers how many there were. Not one step: others may write meanwhile. */
  clear(prefix: string): Promise<number>;
  /** Lets go of files and connections, after what is under way. Processes that just exit need not call it. */
  close(): Promise<void>;
}

export interface Entry {
  readonly key: string;
  readonly value: string;
}

export interface Counter {
  readonly value: number;
  /** What is left of its life, in milliseconds; `null`: it has no end. */
  readonly ttl: number | null;
}

export const LONGEST_KEY = 1024;

/** Milliseconds after which a store that does not answer counts as away. */
export const LONGEST_WAIT = 300;
