import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, Connection, type RequestOptions, type Target } from "./client.ts";

export interface Sample {
  readonly answer: Answer;
  readonly method: "GET" | "POST";
  /** Whether the request was the first on its connection. */
  readonly fresh: boolean;
  /** On the clock of `performance.now()`. */
  readonly endedAt: number;
  /** The request offered to keep the connection, and the answer said `Connection: close`. */
  readonly toldToClose: boolean;
}

export interface LoadOptions {
  /** Default 8. Half of them open a connection for each request, half keep theirs. */
  readonly clients?: number;
  /** Pause of each client after an answer, in milliseconds. Default 5. */
  readonly pauseMs?: number;
  /** Requests per second of all clients together, as far as the answers come that fast. Default: as `pauseMs` gives it. */
  readonly rate?: number;
  /** What a GET asks for. Default `/`. */
  readonly path?: string;
  /** One of how many requests is a POST. Default 3. */
  readonly postEvery?: number;
  /** Whether clients that open a connection for each request say so by `Connection: close`, or close it themselves. Default true. */
  readonly sayClose?: boolean;
  /** After so many requests on a kept connection its client opens another one. Default: never by itself. */
  readonly keptFor?: number;
  readonly boundMs?: number;
}

const POST_BYTES = 10_000;

/** What came is what was asked for: status 200, and the body of a POST byte for byte. */
function checked(answer: Answer, sent: Buffer | undefined): Answer {
  if (answer.outcome !== "ok") return answer;
  const { status, body } = answer.response ?? {};
  if (status !== 200) return { ...answer, outcome: "bad", error: `status ${status}` };
  if (sent && !body?.equals(sent)) return { ...answer, outcome: "bad", error: "another body than sent" };
  return answer;
}

/** What a long run would otherwise fill the memory with. */
function withoutBody(answer: Answer): Answer {
  return answer.response ? { ...answer, response: { ...answer.response, body: Buffer.alloc(0) } } : answer;
}

/** Starts a load that ends with the test, also when the test fails before it says so. */
export function startLoad(t: TestContext, target: Target, options: LoadOptions = {}): Load {
  const load = new Load(target, options);
  t.after(() => load.stop());
  return load;
}

const DEFAULTS = {
  clients: 8,
  pauseMs: 5,
  rate: 0,
  path: "/",
  postEvery: 3,
  sayClose: true,
  keptFor: Infinity,
  boundMs: 10_000,
};

/** Clients that ask without a break until `stop()`; some requests are POSTs of 10 KB. Nothing is retried. */
class Load {
  readonly samples: Sample[] = [];
  readonly #target: Target;
  readonly #options: Required<LoadOptions>;
  readonly #clients: Promise<void>[];
  #stopped = false;

  constructor(target: Target, options: LoadOptions) {
    this.#target = target;
    this.#options = { ...DEFAULTS, ...options };
    this.#clients = Array.from({ length: this.#options.clients }, (_, index) =>
      index % 2 === 0 ? this.#freshClient(index) : this.#keepAliveClient(index),
    );
  }

  get failures(): Sample[] {
    return this.samples.filter((sample) => sample.answer.outcome !== "ok");
  }

  /** No further request is sent; resolves when the last one has its outcome. */
  async stop(): Promise<Sample[]> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    return this.samples;
  }

  async #freshClient(index: number): Promise<void> {
    const keepAlive = !this.#options.sayClose;
    const pause = this.#pacer();
    for (let count = index; !this.#stopped; count += 1) {
      const options = this.#next(count);
      const connection = new Connection(this.#target, options.boundMs);
      this.#record(await connection.request(options, keepAlive), options, true, keepAlive);
      connection.close();
      await pause();
    }
  }

  async #keepAliveClient(index: number): Promise<void> {
    let connection: Connection | undefined;
    const pause = this.#pacer();
    const { keptFor } = this.#options;
    for (let count = index; !this.#stopped; count += 1) {
      const fresh = connection === undefined || connection.ended;
      if (connection === undefined || fresh) connection = new Connection(this.#target, this.#options.boundMs);
      const options = this.#next(count);
      const answer = await connection.request(options);
      this.#record(answer, options, fresh, true);
      if (saysClose(answer) || count % keptFor === 0) connection.close();
      await pause();
    }
    connection?.close();
  }

  /** At a rate, a client that is late asks again at once. */
  #pacer(): () => Promise<void> {
    const { clients, pauseMs, rate } = this.#options;
    if (rate === 0) return () => delay(pauseMs);
    const every = (1000 * clients) / rate;
    let next = performance.now() + every * Math.random();
    return async () => {
      const wait = next - performance.now();
      next += every;
      if (wait > 0) await delay(wait);
    };
  }

  #next(count: number): RequestOptions {
    const { boundMs, path, postEvery } = this.#options;
    if (count % postEvery !== 0) return { boundMs, path };
    return { boundMs, path: "/echo", body: randomBytes(POST_BYTES) };
  }

  #record(answer: Answer, { body }: RequestOptions, fresh: boolean, keepAlive: boolean): void {
    this.samples.push({
      answer: withoutBody(checked(answer, body)),
      method: body ? "POST" : "GET",
      fresh,
      endedAt: performance.now(),
      toldToClose: keepAlive && saysClose(answer),
    });
  }
}

function saysClose(answer: Answer): boolean {
  return answer.response?.headers.get("connection") === "close";
}

/** One line per kind of failure, for the message of an assertion. */
export function describe(samples: readonly Sample[]): string {
  const counts = new Map<string, number>();
  for (const { answer, method, fresh } of samples) {
    const kind = `${answer.outcome} (${answer.phase}, ${method}, ${fresh ? "fresh" : "kept"}) ${answer.error ?? ""}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} × ${kind}`).join("\n");
}
