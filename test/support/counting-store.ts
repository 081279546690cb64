import type { Counter, Entry, Store } from "../../src/store/store.ts";
import { another } from "./another-copy.ts";

type Verb = "get" | "set" | "touch" | "destroy" | "incr" | "all" | "length" | "clear";

export interface Call {
  readonly verb: Verb;
  /** Or the prefix. */
  readonly key: string;
  readonly ttl?: number | null;
}

/** A store in memory that notes what it is asked, and that is away when the test says so, with the error of another copy of Drover. Nothing ends by itself in it: `ttl` is only noted. */
export class CountingStore implements Store {
  readonly name = "redis://cache.internal:6379/0";
  calls: Call[] = [];
  away = false;
  /** Reads as ever, but stores nothing: the disk is full. */
  full = false;
  /** What is under each key. */
  readonly values = new Map<string, string>();

  /** What it was asked for, in order. */
  get verbs(): Verb[] {
    return this.calls.map(({ verb }) => verb);
  }

  /** The last time to live that it was given. */
  get lastTtl(): number {
    return this.calls.findLast(({ ttl }) => typeof ttl === "number")?.ttl ?? 0;
  }

  /** How often it was asked for one of these. */
  count(...verbs: readonly Verb[]): number {
    return this.calls.filter(({ verb }) => verbs.includes(verb)).length;
  }

  async get(key: string): Promise<string | null> {
    this.#note({ verb: "get", key });
    return this.values.get(key) ?? null;
  }

  async set(key: string, value: string, ttl: number | null): Promise<void> {
    this.#note({ verb: "set", key, ttl });
    this.values.set(key, value);
  }

  async touch(key: string, ttl: number | null): Promise<boolean> {
    this.#note({ verb: "touch", key, ttl });
    return this.values.has(key);
  }

  async destroy(key: string): Promise<boolean> {
    this.#note({ verb: "destroy", key });
    return this.values.delete(key);
  }

  async incr(key: string, by: number, ttl: number | null): Promise<Counter> {
    this.#note({ verb: "incr", key, ttl });
    const value = Number(this.values.get(key) ?? 0) + by;
    this.values.set(key, String(value));
    return { value, ttl };
  }

  async all(prefix: string): Promise<readonly Entry[]> {
    this.#note({ verb: "all", key: prefix });
    return this.#entries(prefix);
  }

  async length(prefix: string): Promise<number> {
    this.#note({ verb: "length", key: prefix });
    return this.#entries(prefix).length;
  }

  async clear(prefix: string): Promise<number> {
    this.#note({ verb: "clear", key: prefix });
    const entries = this.#entries(prefix);
    for (const { key } of entries) this.values.delete(key);
    return entries.length;
  }

  async close(): Promise<void> {}

  #entries(prefix: string): Entry[] {
    return [...this.values].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => ({ key, value }));
  }

  #note(call: Call): void {
    this.calls.push(call);
    if (this.away) throw new another.StoreUnavailable(this.name, "connection refused");
    if (this.full && call.verb !== "get") throw new another.StoreUnavailable(this.name, "the disk is full");
  }
}
