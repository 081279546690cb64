import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, Connection, request, type RequestOptions, type Target } from "./client.ts";

export interface Sample {
  readonly answer: Answer;
  readonly method: "GET" | "POST";
  /** Whether the request was the first on its connection. */
  readonly fresh: boolean;
  /** On the clock of `performance.now()`. */
  readonly endedAt: number;
}

export interface LoadOptions {
  /** Default 8. Half of them open a connection for each request, half keep theirs. */
  readonly clients?: number;
  /** Pause of each client after an answer, in milliseconds. Default 5. */
  readonly pauseMs?: number;
  /** What a GET asks for. Default `/`. */
  readonly path?: string;
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

/** Starts a load that ends with the test, also when the test fails before it says so. */
export function startLoad(t: TestContext, target: Target, options: LoadOptions = {}): Load {
  const load = new Load(target, options);
  t.after(() => load.stop());
  return load;
}

/** Clients that ask without a break until `stop()`; every third request is a POST of 10 KB. Nothing is retried. */
class Load {
  readonly samples: Sample[] = [];
  readonly #target: Target;
  readonly #options: Required<LoadOptions>;
  readonly #clients: Promise<void>[];
  #stopped = false;

  constructor(target: Target, options: LoadOptions) {
    this.#target = target;
    this.#options = { clients: 8, pauseMs: 5, path: "/", boundMs: 10_000, ...options };
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
    for (let count = index; !this.#stopped; count += 1) {
      const options = this.#next(count);
      this.#record(await request(this.#target, options), options, true);
      await delay(this.#options.pauseMs);
    }
  }

  async #keepAliveClient(index: number): Promise<void> {
    let connection: Connection | undefined;
    for (let count = index; !this.#stopped; count += 1) {
      const fresh = connection === undefined || connection.ended;
      if (connection === undefined || fresh) connection = new Connection(this.#target, this.#options.boundMs);
      const options = this.#next(count);
      const answer = await connection.request(options);
      this.#record(answer, options, fresh);
      if (answer.response?.headers.get("connection") === "close") connection.close();
      await delay(this.#options.pauseMs);
    }
    connection?.close();
  }

  #next(count: number): RequestOptions {
    const { boundMs, path } = this.#options;
    if (count % 3 !== 0) return { boundMs, path };
    return { boundMs, path: "/echo", body: randomBytes(POST_BYTES) };
  }

  #record(answer: Answer, { body }: RequestOptions, fresh: boolean): void {
    this.samples.push({
      answer: checked(answer, body),
      method: body ? "POST" : "GET",
      fresh,
      endedAt: performance.now(),
    });
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
