import type { Store } from "../../src/store/store.ts";
import { StoreUnavailable } from "../../src/store/unavailable.ts";

/** A store in memory that tells what was asked of it, and can be away. Nothing in it ends: what the times to live were is in `calls`. */
export class CountingStore implements Store {
  readonly name = "counting:";
  readonly texts = new Map<string, string>();
  /** `get`, `set`, `touch` and `destroy`, in order. */
  readonly calls: string[] = [];
  /** The times to live of what was set or touched, in order. */
  readonly ttls: (number | null)[] = [];
  away = false;
  /** How many of the next calls fail. */
  failures = 0;
  /** Only writing fails: the disk is full. */
  full = false;

  #call(name: string, writes: boolean): void {
    this.calls.push(name);
    if (this.away || this.failures-- > 0) throw new StoreUnavailable(this.name, "connection refused");
    if (this.full && writes) throw new StoreUnavailable(this.name, "the disk is full");
  }

  async get(key: string): Promise<string | null> {
    this.#call("get", false);
    return this.texts.get(key) ?? null;
  }

  async set(key: string, value: string, ttl: number | null): Promise<void> {
    this.#call("set", true);
    this.texts.set(key, value);
    this.ttls.push(ttl);
  }

  async touch(key: string, ttl: number | null): Promise<boolean> {
    this.#call("touch", true);
    this.ttls.push(ttl);
    return this.texts.has(key);
  }

  async destroy(key: string): Promise<boolean> {
    this.#call("destroy", true);
    return this.texts.delete(key);
  }

  incr(): never {
    throw new Error("no session counts");
  }

  async all(): Promise<never> {
    throw new Error("no session lists");
  }

  async length(): Promise<number> {
    return this.texts.size;
  }

  async clear(): Promise<number> {
    const { size } = this.texts;
    this.texts.clear();
    return size;
  }

  async close(): Promise<void> {}
}
