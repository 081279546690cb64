import type { Counter, Entry, Store } from "../store.ts";
import { StoreTypeError } from "../unavailable.ts";
import type { Line } from "./line.ts";
import { isMistake } from "./reason.ts";
import { scan } from "./scan.ts";

/**
 * One key, one step. Sent as text each time: by its hash it would be sent again where Redis has forgotten it, after calls that came later. A counter that is new
 * lives for the third argument; an empty one: for ever. Redis counts further than JavaScript, and than Lua, which only answers that it is too far: taken back
 * as it was added, the number is again the one that was there. The answer is text: the client rounds the longest numbers.
 */
const INCR = `
local is_new = redis.call("EXISTS", KEYS[1]) == 0
local value = redis.call("INCRBY", KEYS[1], ARGV[1])
if value > ${Number.MAX_SAFE_INTEGER} or value < ${Number.MIN_SAFE_INTEGER} then
  redis.call("DECRBY", KEYS[1], ARGV[1])
  return redis.error_reply("ERR increment or decrement would overflow")
end
if is_new and ARGV[2] ~= "" then redis.call("PEXPIRE", KEYS[1], ARGV[2]) end
return { string.format("%.0f", value), redis.call("PTTL", KEYS[1]) }
`;

/** The engine for Redis, Valkey and what speaks as they do. Each command has one key, so that a cluster's proxy takes it as well. */
export class RedisStore implements Store {
  readonly name: string;
  readonly #line: Line;
  readonly #prefix: string;

  /** @param prefix Put before each key, as it is */
  constructor(name: string, line: Line, prefix: string) {
    this.name = name;
    this.#line = line;
    this.#prefix = prefix;
  }

  get(key: string): Promise<string | null> {
    return this.#line.call("read", ["GET", this.#prefix + key]) as Promise<string | null>;
  }

  async set(key: string, value: string, ttl: number | null): Promise<void> {
    const life = ttl === null ? [] : ["PX", String(ttl)];
    await this.#line.call("store", ["SET", this.#prefix + key, value, ...life]);
  }

  async touch(key: string, ttl: number | null): Promise<boolean> {
    const name = this.#prefix + key;
    if (ttl !== null) return (await this.#line.call("change", ["PEXPIRE", name, String(ttl)])) === 1;
    // PERSIST says 0 also of what is there and has no end.
    const done = [this.#line.call("change", ["PERSIST", name]), this.#line.call("read", ["EXISTS", name])];
    return (await Promise.all(done))[1] === 1;
  }

  async destroy(key: string): Promise<boolean> {
    return (await this.#line.call("change", ["DEL", this.#prefix + key])) === 1;
  }

  async incr(key: string, by: number, ttl: number | null): Promise<Counter> {
    const life = ttl === null ? "" : String(ttl);
    try {
      const reply = await this.#line.call("store", ["EVAL", INCR, "1", this.#prefix + key, String(by), life]);
      const [value, left] = reply as [string, number];
      return { value: Number(value), ttl: left < 0 ? null : left };
    } catch (error) {
      throw error instanceof Error && isMistake(error) ? new StoreTypeError(key) : error;
    }
  }

  async all(prefix: string): Promise<readonly Entry[]> {
    const entries = new Map<string, Entry>();
    for await (const names of scan(this.#line, this.#prefix + prefix)) {
      const keys = names.map((name) => name.slice(this.#prefix.length)).filter((key) => !entries.has(key));
      const values = await Promise.all(keys.map((key) => this.get(key)));
      for (const [index, key] of keys.entries()) {
        const value = values[index];
        if (typeof value === "string") entries.set(key, { key, value });
      }
    }
    return inOrderOfBytes([...entries.values()]);
  }

  async length(prefix: string): Promise<number> {
    const seen = new Set<string>();
    for await (const names of scan(this.#line, this.#prefix + prefix)) for (const name of names) seen.add(name);
    return seen.size;
  }

  async clear(prefix: string): Promise<number> {
    let count = 0;
    for await (const names of scan(this.#line, this.#prefix + prefix)) {
      const removed = await Promise.all(names.map((name) => this.#line.call("change", ["UNLINK", name])));
      count += removed.filter((reply) => reply === 1).length;
    }
    return count;
  }

  close(): Promise<void> {
    return this.#line.close();
  }
}

function inOrderOfBytes(entries: readonly Entry[]): readonly Entry[] {
  return entries
    .map((entry) => ({ entry, bytes: Buffer.from(entry.key) }))
    .toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ entry }) => entry);
}
