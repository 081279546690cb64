import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { reportStore } from "../report.ts";
import type { Counter, Entry, Store } from "../store.ts";
import { StoreUnavailable } from "../unavailable.ts";
import { Connection } from "./connection.ts";
import { behind, bytes, rangeOf, type Range, type Stretch } from "./entries.ts";
import { failureOf, type Failure } from "./failure.ts";
import { GroupCommit } from "./group-commit.ts";
import { GroupRead, type Look } from "./group-read.ts";
import { Health } from "./health.ts";
import { sqliteVersion } from "./node-sqlite.ts";
import type { SqliteAddress } from "./open-database.ts";
import { PATIENCE, pauseOf } from "./patience.ts";
import { whatIsFull } from "./room.ts";
import { losesCommits, refusal } from "./sqlite-version.ts";

/** Entries that are read in one go where there may be many. */
const PAGE = 500;
/** Entries that are removed by one write. */
const HANDFUL = 200;

/**
 * The embedded store: a SQLite file that the workers of one machine share, or one in memory for a process alone.
 * @param name As `Store.name`
 * @throws AppError STORE_UNSUPPORTED
 */
export function openSqliteStore(address: SqliteAddress, name: string): Store {
  const sqlite = sqliteVersion();
  if (address.engine === "sqlite" && losesCommits(sqlite)) throw refusal(sqlite, process.version);
  const store = new SqliteStore(address, name);
  store.prepare();
  return store;
}

class SqliteStore implements Store {
  readonly name: string;
  readonly #address: SqliteAddress;
  readonly #connection: Connection;
  readonly #reads: GroupRead;
  readonly #commits: GroupCommit;
  readonly #health: Health;
  #closed = false;

  constructor(address: SqliteAddress, name: string) {
    this.name = name;
    this.#address = address;
    this.#health = new Health(
      (reason) => reportStore(name, reason),
      () => void this.#commits.write((entries, now) => entries.probe(now)).catch(() => undefined),
    );
    this.#connection = new Connection(address);
    this.#reads = new GroupRead(
      this.#connection,
      (look) => this.#read(look),
      () => this.#health.worked("reads"),
    );
    this.#commits = new GroupCommit(
      this.#connection,
      (failure) => this.#unavailable("writes", failure),
      () => this.#health.worked("writes"),
    );
  }

  /** At boot nobody waits for what a first opening takes. Where it fails, the first call tries again. */
  prepare(): void {
    try {
      this.#connection.use();
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null) throw error;
      if (failure.remedy !== "again") this.#unavailable("reads", failure);
    }
  }

  get(key: string): Promise<string | null> {
    return this.#reads.read((entries, now) => entries.get(key, now));
  }

  set(key: string, value: string, ttl: number | null): Promise<void> {
    return this.#commits.write((entries, now) => entries.set(key, value, ttl, now));
  }

  touch(key: string, ttl: number | null): Promise<boolean> {
    return this.#commits.write((entries, now) => entries.touch(key, ttl, now));
  }

  destroy(key: string): Promise<boolean> {
    return this.#commits.write((entries, now) => entries.destroy(key, now));
  }

  incr(key: string, by: number, ttl: number | null): Promise<Counter> {
    return this.#commits.write((entries, now) => entries.incr(key, by, ttl, now));
  }

  async all(prefix: string): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    let range = rangeOf(prefix);
    for (;;) {
      const page = await this.#read((entries, now) => entries.page(range, PAGE, now));
      found.push(...page);
      const last = page.at(-1);
      if (last === undefined) return found;
      range = { start: behind(bytes(last.key)), end: range.end };
      await turn();
    }
  }

  async length(prefix: string): Promise<number> {
    let count = 0;
    for await (const { alive } of this.#walk(prefix, (range) =>
      this.#read((entries, now) => entries.stretch(range, PAGE, now)),
    ))
      count += alive;
    return count;
  }

  async clear(prefix: string): Promise<number> {
    let count = 0;
    for await (const { alive } of this.#walk(prefix, (range) =>
      this.#commits.write((entries, now) => entries.remove(range, HANDFUL, now)),
    ))
      count += alive;
    return count;
  }

  async close(): Promise<void> {
    // Writes are settled in order: behind this one there are none of before.
    if (!this.#closed) await this.#commits.write(() => undefined).catch(() => undefined);
    this.#closed = true;
    this.#health.close();
    this.#connection.close();
  }

  /** Stretch by stretch, with a turn of the event loop between them. */
  async *#walk(prefix: string, step: (range: Range) => Promise<Stretch>): AsyncGenerator<Stretch> {
    let range = rangeOf(prefix);
    for (;;) {
      const stretch = await step(range);
      yield stretch;
      if (stretch.last === null) return;
      range = { start: behind(stretch.last), end: range.end };
      await turn();
    }
  }

  async #read<T>(look: Look<T>): Promise<T> {
    let since: number | undefined;
    for (;;) {
      try {
        const answer = look(this.#connection.use().entries, Date.now());
        this.#health.worked("reads");
        return answer;
      } catch (error) {
        const failure = failureOf(error);
        if (failure === null) throw error;
        if (failure.remedy === "reopen") this.#connection.doubt();
        since ??= performance.now();
        const pause = pauseOf(Math.random());
        if (failure.remedy !== "again" || performance.now() - since + pause > PATIENCE)
          throw this.#unavailable("reads", failure);
        await delay(pause);
      }
    }
  }

  #unavailable(what: "reads" | "writes", failure: Failure): StoreUnavailable {
    const reason = failure.remedy === "full" ? whatIsFull(this.#address) : failure.message;
    if (!this.#closed) this.#health.failed(what, reason);
    return new StoreUnavailable(this.name, reason, { cause: failure });
  }
}
