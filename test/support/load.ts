import { randomBytes, randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect, type Answer, type Client, type RequestOptions, type Target } from "./client.ts";

export interface Sample {
  /** Sent as the header `x-id`. */
  readonly id: string;
  readonly answer: Answer;
  readonly method: "GET" | "POST";
  /** Whether the request was the first on its connection. */
  readonly fresh: boolean;
  /** On the clock of `performance.now()`. */
  readonly endedAt: number;
  /** The request offered to keep the connection, and the server has said that it ends. */
  readonly toldToClose: boolean;
}

export interface LoadOptions {
  /** Default 8. Half of them open a connection for each request, half keep theirs. */
  readonly clients?: number;
  /** Whether all of them keep theirs. Default false. */
  readonly allKeep?: boolean;
  /** Requests at a time on a kept connection. Default 5 with HTTP/2, and 1 with HTTP/1.1, which has no more. */
  readonly streams?: number;
  /** Pause of each client after an answer, in milliseconds. Default 5. */
  readonly pauseMs?: number;
  /** Requests per second of all clients together, as far as the answers come that fast. Default: as `pauseMs` gives it. */
  readonly rate?: number;
  /** What a GET asks for. Default `/`. */
  readonly path?: string | (() => string);
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
  allKeep: false,
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
  readonly #loops: Promise<void>[];
  #stopped = false;

  constructor(target: Target, options: LoadOptions) {
    this.#target = target;
    this.#options = { ...DEFAULTS, streams: target.http2 ? 5 : 1, ...options };
    const { clients, allKeep, streams } = this.#options;
    const fresh = allKeep ? 0 : Math.ceil(clients / 2);
    const pause = this.#pacer(fresh + (clients - fresh) * streams);
    const kept = Array.from({ length: clients - fresh }, () => new KeptConnection(target, this.#options.boundMs));
    this.#loops = [
      ...Array.from({ length: fresh }, (_, index) => this.#freshClient(index, pause())),
      ...kept.flatMap((connection) =>
        Array.from({ length: streams }, (_, index) => this.#keepingClient(index, connection, pause())),
      ),
    ];
  }

  /** What was not answered, but for what is {@link unprocessed}. */
  get failures(): Sample[] {
    return this.samples.filter(({ answer }) => answer.outcome !== "ok" && answer.outcome !== "unprocessed");
  }

  /** What the server says that it has not looked at: it may be sent again. */
  get unprocessed(): Sample[] {
    return this.samples.filter(({ answer }) => answer.outcome === "unprocessed");
  }

  /** No further request is sent; resolves when the last one has its outcome. */
  async stop(): Promise<Sample[]> {
    this.#stopped = true;
    await Promise.all(this.#loops);
    return this.samples;
  }

  async #freshClient(index: number, pause: Pause): Promise<void> {
    const keepAlive = !this.#options.sayClose;
    for (let count = index; !this.#stopped; count += 1) {
      const options = this.#next(count);
      const connection = connect(this.#target, options.boundMs);
      this.#record(await connection.request(options, keepAlive), options, true, keepAlive);
      connection.close();
      await pause();
    }
  }

  async #keepingClient(index: number, kept: KeptConnection, pause: Pause): Promise<void> {
    const { keptFor } = this.#options;
    for (let count = index; !this.#stopped; count += 1) {
      const { connection, fresh } = kept.take();
      const options = this.#next(count);
      const answer = await connection.request(options);
      this.#record(answer, options, fresh, true);
      if (answer.last || answer.outcome !== "ok" || (count + 1) % keptFor === 0) connection.close();
      await pause();
    }
    kept.close();
  }

  /** At a rate, a client that is late asks again at once. */
  #pacer(loops: number): () => Pause {
    const { pauseMs, rate } = this.#options;
    if (rate === 0) return () => () => delay(pauseMs);
    const every = (1000 * loops) / rate;
    return () => {
      let next = performance.now() + every * Math.random();
      return async () => {
        const wait = next - performance.now();
        next += every;
        if (wait > 0) await delay(wait);
      };
    };
  }

  #next(count: number): RequestOptions {
    const { boundMs, path, postEvery } = this.#options;
    const headers = { "x-id": randomUUID() };
    if (count % postEvery === 0) return { boundMs, headers, path: "/echo", body: randomBytes(POST_BYTES) };
    return { boundMs, headers, path: typeof path === "string" ? path : path() };
  }

  #record(answer: Answer, { body, headers }: RequestOptions, fresh: boolean, keepAlive: boolean): void {
    this.samples.push({
      id: headers?.["x-id"] ?? "",
      answer: withoutBody(checked(answer, body)),
      method: body ? "POST" : "GET",
      fresh,
      endedAt: performance.now(),
      toldToClose: keepAlive && answer.last,
    });
  }
}

type Pause = () => Promise<void>;

/** Opened anew when the server has ended the one before. */
class KeptConnection {
  readonly #target: Target;
  readonly #boundMs: number;
  #connection: Client | undefined;

  constructor(target: Target, boundMs: number) {
    this.#target = target;
    this.#boundMs = boundMs;
  }

  take(): { readonly connection: Client; readonly fresh: boolean } {
    const fresh = this.#connection === undefined || this.#connection.ended;
    const connection = fresh || !this.#connection ? connect(this.#target, this.#boundMs) : this.#connection;
    this.#connection = connection;
    return { connection, fresh };
  }

  close(): void {
    this.#connection?.close();
  }
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
