import { once } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { connect, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import { Agent, request } from "node:https";
import type { Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { within } from "./wait.ts";

export interface Ask {
  /** Default GET, POST with a body. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  /** Whom the request is for. Default `localhost`. */
  readonly host?: string;
  readonly trailers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  readonly trailers: IncomingHttpHeaders;
  /** Of the answers before it, such as 100 and 103. */
  readonly informational: readonly number[];
}

/** A request under way. */
export interface Exchange {
  /** The body of the request. */
  readonly upload: Writable;
  /** Status and headers, when they have come. */
  readonly head: Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders }>;
  /** The body of the answer, from `head` on. */
  readonly download: () => Readable;
  /** Leaves: RST_STREAM with CANCEL, or the end of the connection. */
  readonly abort: () => void;
  /** Resolves when the stream, or the connection, is over; with the code of RST_STREAM over HTTP/2. */
  readonly over: Promise<number>;
  readonly trailers: () => IncomingHttpHeaders;
  readonly informational: readonly number[];
}

/** A client of one protocol. */
export interface Visitor {
  begin(path: string, options?: Ask): Exchange;
  ask(path: string, options?: Ask): Promise<Answer>;
  close(): void;
}

async function ask(visitor: Visitor, path: string, options: Ask = {}): Promise<Answer> {
  const exchange = visitor.begin(path, options);
  exchange.upload.end(options.body);
  const { status, headers } = await within(exchange.head, `the answer of ${path}`);
  const body = await within(buffer(exchange.download()), `the body of ${path}`);
  const { informational } = exchange;
  return { status, headers, body, text: body.toString(), trailers: exchange.trailers(), informational };
}

function methodOf({ method, body }: Ask): string {
  return method ?? (body === undefined ? "GET" : "POST");
}

/** Without a body, a request is whole when it begins. */
function isWhole(options: Ask): boolean {
  return options.body === undefined && methodOf(options) !== "POST";
}

export class Http2Visitor implements Visitor {
  readonly session: ClientHttp2Session;
  readonly #port: number;

  constructor(port: number, ca: string) {
    this.#port = port;
    this.session = connect(`https://127.0.0.1:${port}`, { ca, servername: "localhost" });
  }

  begin(path: string, options: Ask = {}): Exchange {
    const { headers, host = `localhost:${this.#port}`, trailers } = options;
    const method = methodOf(options);
    const fields = { ":method": method, ":path": path, ":authority": host, ...headers };
    const stream = this.session.request(fields, {
      endStream: isWhole(options),
      waitForTrailers: trailers !== undefined,
    });
    stream.on("wantTrailers", () => stream.sendTrailers(trailers ?? {}));
    return exchangeOf(stream);
  }

  ask(path: string, options?: Ask): Promise<Answer> {
    return ask(this, path, options);
  }

  close(): void {
    this.session.destroy();
  }
}

function exchangeOf(stream: ClientHttp2Stream): Exchange {
  const informational: number[] = [];
  let trailers: IncomingHttpHeaders = {};
  stream.on("headers", (headers) => informational.push(Number(headers[":status"])));
  stream.on("trailers", (headers) => (trailers = headers));
  stream.on("error", () => undefined);
  const head = once(stream, "response").then(([got]) => {
    const headers = got as IncomingHttpHeaders;
    return { status: Number(headers[":status"]), headers };
  });
  head.catch(() => undefined);
  return {
    upload: stream,
    head,
    download: () => stream,
    abort: () => stream.close(8),
    over: new Promise((resolve) => stream.once("close", () => resolve(stream.rstCode ?? 0))),
    trailers: () => trailers,
    informational,
  };
}

export class Http1Visitor implements Visitor {
  readonly #port: number;
  readonly #agent: Agent;

  constructor(port: number, ca: string) {
    this.#port = port;
    this.#agent = new Agent({ ca, servername: "localhost", keepAlive: true, ALPNProtocols: ["http/1.1"] });
  }

  begin(path: string, options: Ask = {}): Exchange {
    const { headers, host = `localhost:${this.#port}`, trailers } = options;
    const where = { host: "127.0.0.1", port: this.#port, path, agent: this.#agent };
    const sent = request({ ...where, method: methodOf(options), headers: { host, ...headers } });
    if (trailers) sent.setHeader("transfer-encoding", "chunked");
    if (trailers) sent.addTrailers({ ...trailers });
    if (isWhole(options)) sent.end();
    return exchangeOfRequest(sent);
  }

  ask(path: string, options?: Ask): Promise<Answer> {
    return ask(this, path, options);
  }

  close(): void {
    this.#agent.destroy();
  }
}

function exchangeOfRequest(sent: ClientRequest): Exchange {
  const informational: number[] = [];
  let response: IncomingMessage | undefined;
  sent.on("information", ({ statusCode }) => informational.push(statusCode));
  sent.on("error", () => undefined);
  const head = once(sent, "response").then(([got]) => {
    response = got as IncomingMessage;
    response.on("error", () => undefined);
    return { status: response.statusCode ?? 0, headers: response.headers };
  });
  head.catch(() => undefined);
  return {
    upload: sent,
    head,
    download: () => response as unknown as Readable,
    abort: () => sent.destroy(),
    over: new Promise((resolve) => sent.once("close", () => resolve(0))),
    trailers: () => response?.trailers ?? {},
    informational,
  };
}
