import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { Answer, Client, Outcome, RequestOptions, Target } from "./client.ts";
import type { Response } from "./http-response.ts";
import { OpenSocket } from "./open-socket.ts";

/** Of a request: HTTP/2 has no connection headers, and its own names for the rest. */
function fieldsOf({
  body,
  path = "/",
  headers = {},
  method = body ? "POST" : "GET",
}: RequestOptions): Record<string, string> {
  const length = body && { "content-length": String(body.length) };
  return { ":method": method, ":path": path, ":authority": "localhost", ...length, ...headers };
}

/** A session of HTTP/2, strict: nothing is sent again, and a stream that the server has not looked at is told from one that was lost. */
export class Http2Connection implements Client {
  readonly #boundMs: number;
  readonly #open: OpenSocket;
  readonly #session: ClientHttp2Session;
  #requests = 0;
  #underWay = 0;
  #goaway = false;
  #wasTold = false;
  #isLeaving = false;
  #error: string | undefined;

  constructor(target: Target, boundMs: number) {
    this.#boundMs = boundMs;
    this.#open = new OpenSocket(target, boundMs);
    const scheme = target.ca === undefined ? "http" : "https";
    this.#session = connect(`${scheme}://localhost`, { createConnection: () => this.#open.socket });
    this.#session.on("goaway", () => {
      this.#goaway = true;
      // What has come together with it may have been sent before.
      setImmediate(() => (this.#wasTold = true));
    });
    this.#session.on("error", (error: Error) => (this.#error ??= error.message));
  }

  get localPort(): number {
    return this.#open.localPort;
  }

  get ended(): boolean {
    return this.#isLeaving || this.#goaway || this.#session.closed || this.#session.destroyed;
  }

  get torn(): boolean {
    return this.#error !== undefined || this.#open.error !== undefined;
  }

  opened(): Promise<Outcome> {
    return this.#open.opened;
  }

  async request(options: RequestOptions = {}, keepAlive = true): Promise<Answer> {
    const start = this.#requests === 0 ? this.#open.start : performance.now();
    this.#requests += 1;
    this.#underWay += 1;
    const opened = await this.#open.opened;
    if (opened !== "ok") return this.#answer(opened, "connect", start);
    const received = await this.#exchange(options);
    this.#underWay -= 1;
    const answer = this.#answer(received.outcome, "request", start, received);
    if (!keepAlive || this.#isLeaving) this.close();
    return answer;
  }

  /** A GOAWAY overtakes what was asked for in the same turn, and the server would refuse it. */
  close(): void {
    this.#isLeaving = true;
    if (this.#underWay === 0 && !this.#session.closed) this.#session.close();
  }

  #answer(
    outcome: Outcome,
    phase: Answer["phase"],
    start: number,
    { response, error, last = false }: Partial<Ending> = {},
  ): Answer {
    const ms = performance.now() - start;
    if (phase === "connect") this.#session.destroy();
    const why = error ?? this.#error ?? this.#open.error;
    return { outcome, phase, response, last, ms, localPort: this.localPort, error: why };
  }

  #exchange(options: RequestOptions): Promise<Ending> {
    // It ended between the caller's look and now: nothing was sent.
    if (this.#goaway || this.#session.closed || this.#session.destroyed)
      return Promise.resolve({ outcome: this.#goaway ? "unprocessed" : "closed" });
    const stream = this.#session.request(fieldsOf(options));
    stream.end(options.body);
    const received = new Received(stream, () => this.#wasTold);
    return new Promise((resolve) => {
      let hung = false;
      const timer = setTimeout(() => {
        hung = true;
        stream.close(constants.NGHTTP2_CANCEL);
      }, options.boundMs ?? this.#boundMs);
      stream.once("close", () => {
        clearTimeout(timer);
        resolve(hung ? { outcome: "hung" } : received.ending());
      });
    });
  }
}

interface Ending {
  readonly outcome: Outcome;
  readonly response?: Response;
  readonly error?: string | undefined;
  readonly last?: boolean;
}

/** What comes on one stream. */
class Received {
  readonly #stream: ClientHttp2Stream;
  readonly #parts: Buffer[] = [];
  #status = 0;
  #headers: ReadonlyMap<string, string> = new Map();
  #ended = false;
  #last = false;
  #error: Error | undefined;

  constructor(stream: ClientHttp2Stream, wasTold: () => boolean) {
    this.#stream = stream;
    stream.on("response", (headers) => {
      this.#last = wasTold();
      this.#status = Number(headers[":status"]);
      this.#headers = new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    });
    stream.on("data", (part: Buffer) => this.#parts.push(part));
    stream.on("end", () => (this.#ended = true));
    stream.on("error", (error) => (this.#error = error));
  }

  /** When the stream has closed. */
  ending(): Ending {
    const body = Buffer.concat(this.#parts);
    const outcome = this.#outcome(body.length);
    const response = { status: this.#status, headers: this.#headers, body, size: body.length };
    return outcome === "ok" ? { outcome, response, last: this.#last } : { outcome, error: this.#error?.message };
  }

  #outcome(size: number): Outcome {
    const { rstCode, id } = this.#stream;
    if (rstCode === constants.NGHTTP2_REFUSED_STREAM || id === undefined) return "unprocessed";
    if (this.#error !== undefined || (rstCode !== 0 && rstCode !== constants.NGHTTP2_CANCEL)) return "reset";
    if (rstCode !== 0 || this.#status === 0 || !this.#ended) return "closed";
    return Number(this.#headers.get("content-length") ?? size) === size ? "ok" : "bad";
  }
}
