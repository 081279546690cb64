import { randomBytes, randomUUID } from "node:crypto";
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Target } from "./client.ts";

/**
 * How a stream ended. `completed`: answered in full, as it should be. `refused`: the server says that it has not looked at it (REFUSED_STREAM, or
 * an id above its GOAWAY's), so that it may be sent again. Anything else is what was wrong.
 */
export interface StreamResult {
  /** Sent as the header `x-id`. */
  readonly id: string;
  readonly outcome: string;
  readonly pid: number;
  /** The client knew from a GOAWAY that the server was leaving. */
  readonly afterGoaway: boolean;
}

const PATIENCE = 10_000;
const LONGEST_MS = 200;
const POST_BYTES = 20_000;

/** One stream to its end. Throws when the session takes none any more: then nothing was sent. */
function ask(session: ClientHttp2Session, id: string, body: Buffer | undefined): ClientHttp2Stream {
  if (session.closed || session.destroyed) throw new Error("the session is over");
  const path = body ? "/echo" : `/?ms=${Math.round(Math.random() * LONGEST_MS)}`;
  const stream = session.request({ ":method": body ? "POST" : "GET", ":path": path, "x-id": id });
  if (body) stream.end(body);
  return stream;
}

function judge(status: number, got: Buffer, body: Buffer | undefined): string {
  if (status !== 200) return `status ${status}`;
  return got.equals(body ?? Buffer.from("done")) ? "completed" : "another body";
}

/** A session with `streams` requests under way at any time, half POST, until the server sends it away. */
class Session {
  readonly #session: ClientHttp2Session;
  readonly #results: StreamResult[];
  #goaway = false;
  #over = false;

  constructor(port: number, results: StreamResult[]) {
    this.#results = results;
    this.#session = connect(`http://127.0.0.1:${port}`);
    this.#session.on("goaway", () => (this.#goaway = true));
    // Each stream of it learns for itself.
    this.#session.on("error", () => undefined);
  }

  leave(): void {
    this.#over = true;
  }

  async run(streams: number): Promise<void> {
    await Promise.all(Array.from({ length: streams }, (_, index) => this.#follow(index)));
    this.#session.close();
  }

  async #follow(index: number): Promise<void> {
    for (let count = index; this.#usable; count += 1) {
      const body = count % 2 === 0 ? randomBytes(POST_BYTES) : undefined;
      const result = await this.#exchange(body);
      if (result) this.#results.push(result);
    }
  }

  get #usable(): boolean {
    return !this.#over && !this.#goaway && !this.#session.closed && !this.#session.destroyed;
  }

  #exchange(body: Buffer | undefined): Promise<StreamResult | undefined> {
    const id = randomUUID();
    const stream = ask(this.#session, id, body);
    const parts: Buffer[] = [];
    let [status, pid] = [0, 0];
    let error: Error | undefined;
    stream.setTimeout(PATIENCE, () => stream.destroy(new Error("hung")));
    stream.on("response", (headers) => {
      status = Number(headers[":status"]);
      pid = Number(headers["x-pid"]);
    });
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("error", (thrown: Error) => (error = thrown));
    return new Promise((resolve) => {
      stream.once("close", () => {
        const sent = stream.id !== undefined;
        const outcome = outcomeOf(stream, error, () => judge(status, Buffer.concat(parts), body));
        resolve(sent ? { id, outcome, pid, afterGoaway: this.#goaway } : undefined);
      });
    });
  }
}

function outcomeOf(stream: ClientHttp2Stream, error: Error | undefined, judged: () => string): string {
  if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return "refused";
  if (error) return `${(error as NodeJS.ErrnoException).code ?? ""} ${error.message}`.trim();
  return stream.rstCode === constants.NGHTTP2_NO_ERROR ? judged() : `RST_STREAM ${stream.rstCode}`;
}

export interface Http2LoadOptions {
  /** Sessions at a time. */
  readonly sessions: number;
  /** Of each session. */
  readonly streams: number;
}

/** Sessions that are opened anew as soon as the server sends them away. No stream is repeated. */
class Http2Load {
  readonly results: StreamResult[] = [];
  readonly #sessions = new Set<Session>();
  readonly #all: Promise<void>[];
  #stopped = false;

  constructor({ port = 0 }: Target, { sessions, streams }: Http2LoadOptions) {
    this.#all = Array.from({ length: sessions }, () => this.#keep(port, streams));
  }

  async stop(): Promise<readonly StreamResult[]> {
    this.#stopped = true;
    for (const session of this.#sessions) session.leave();
    await Promise.all(this.#all);
    return this.results;
  }

  async #keep(port: number, streams: number): Promise<void> {
    while (!this.#stopped) {
      const session = new Session(port, this.results);
      this.#sessions.add(session);
      await session.run(streams);
      this.#sessions.delete(session);
      await delay(10);
    }
  }
}

/** It ends with the test. */
export function startHttp2Load(t: TestContext, target: Target, options: Http2LoadOptions): Http2Load {
  const load = new Http2Load(target, options);
  t.after(() => load.stop());
  return load;
}
