import type { Socket } from "node:net";
import { readResponse, type Response } from "./http-response.ts";
import { Http2Connection } from "./http2-connection.ts";
import { OpenSocket, outcomeOf } from "./open-socket.ts";

// Strict clients: of HTTP/1.1 on bare sockets, and of HTTP/2. They never retry, and every request ends in exactly one outcome.

/**
 * `ok`: answered in full. `refused`: nobody listened. `reset`: the connection was torn down. `closed`: it ended in good
 * order, but before the answer was whole. `hung`: nothing of it within the bound. `bad`: what came is not the answer.
 * `unprocessed`, of HTTP/2 only: the server says that it has not looked at it (REFUSED_STREAM, or an id above its GOAWAY's), so
 * that it may be sent again.
 */
export type Outcome = "ok" | "refused" | "reset" | "closed" | "hung" | "bad" | "unprocessed";

export interface Target {
  readonly host?: string;
  readonly port?: number;
  /** A unix socket instead of host and port. */
  readonly path?: string;
  /** PEM of the certificate to trust: speaks TLS. */
  readonly ca?: string;
  /** Speaks HTTP/2: by ALPN with TLS, by prior knowledge without. Default: HTTP/1.1. */
  readonly http2?: boolean;
}

export interface RequestOptions {
  /** Default GET, POST with a body. */
  readonly method?: string;
  /** Default `/`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Milliseconds until a request without an answer counts as hung. Default 10,000. */
  readonly boundMs?: number;
}

export interface Answer {
  readonly outcome: Outcome;
  /** Where it failed: before or after the connection was established. */
  readonly phase: "connect" | "request";
  readonly response: Response | undefined;
  /** The server has said that the connection ends: by `Connection: close` in this answer, or by a GOAWAY before it. */
  readonly last: boolean;
  /** From the first packet of the connection, or of the request on an open connection. */
  readonly ms: number;
  /** The client's own port, by which the server's side of the connection can be found. 0 before it was connected. */
  readonly localPort: number;
  readonly error: string | undefined;
}

const DEFAULT_BOUND_MS = 10_000;

/** One connection, whatever is spoken on it. */
export interface Client {
  /** The client's own port. 0 before it was connected. */
  readonly localPort: number;
  /** Whether the server, or an error, has ended it: what an honest client that keeps it looks at before it sends again. */
  readonly ended: boolean;
  /** Whether it ended by an error. */
  readonly torn: boolean;
  /** Resolves when the connection stands, or with why it does not. */
  opened(): Promise<Outcome>;
  /** Sends one request and answers how it ended. On `keepAlive`, the default, the connection stays open. */
  request(options?: RequestOptions, keepAlive?: boolean): Promise<Answer>;
  /** With HTTP/2, requests under way finish first. */
  close(): void;
}

/** A connection as the target wants it. */
export function connect(target: Target, boundMs = DEFAULT_BOUND_MS): Client {
  return target.http2 ? new Http2Connection(target, boundMs) : new Connection(target, boundMs);
}

function encode(options: RequestOptions, keepAlive: boolean): Buffer {
  const { body, path = "/", headers = {}, method = body ? "POST" : "GET" } = options;
  const fields: Record<string, string> = {
    host: "localhost",
    connection: keepAlive ? "keep-alive" : "close",
    ...(body && { "content-type": "application/octet-stream", "content-length": String(body.length) }),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  return body ? Buffer.concat([head, body]) : head;
}

/** HTTP/1.1. */
export class Connection implements Client {
  readonly socket: Socket;
  readonly #boundMs: number;
  readonly #open: OpenSocket;
  #requests = 0;
  #error: string | undefined;

  constructor(target: Target, boundMs = DEFAULT_BOUND_MS) {
    this.#boundMs = boundMs;
    this.#open = new OpenSocket(target, boundMs);
    this.socket = this.#open.socket;
  }

  get localPort(): number {
    return this.#open.localPort;
  }

  get ended(): boolean {
    return this.socket.destroyed || this.socket.readableEnded;
  }

  get torn(): boolean {
    return this.socket.errored !== null;
  }

  opened(): Promise<Outcome> {
    return this.#open.opened;
  }

  async request(options: RequestOptions = {}, keepAlive = true): Promise<Answer> {
    const start = this.#requests === 0 ? this.#open.start : performance.now();
    this.#requests += 1;
    const opened = await this.#open.opened;
    if (opened !== "ok") return this.#answer(opened, "connect", start);
    const [outcome, response] = await this.#exchange(encode(options, keepAlive), options.boundMs);
    if (outcome !== "ok" || !keepAlive) this.close();
    return this.#answer(outcome, "request", start, response);
  }

  close(): void {
    this.socket.destroy();
  }

  #answer(outcome: Outcome, phase: Answer["phase"], start: number, response?: Response): Answer {
    const ms = performance.now() - start;
    const last = response?.headers.get("connection") === "close";
    const error = this.#error ?? this.#open.error;
    return { outcome, phase, response, last, ms, localPort: this.localPort, error };
  }

  #exchange(bytes: Buffer, boundMs = this.#boundMs): Promise<[Outcome, Response | undefined]> {
    return new Promise((resolve) => {
      const { socket } = this;
      let received = Buffer.alloc(0);
      const settle = (outcome: Outcome, response?: Response): void => {
        clearTimeout(timer);
        socket.off("data", read).off("end", onEnd).off("error", onError).off("close", onClose);
        resolve([outcome, response]);
      };
      const look = (ended: boolean): void => {
        try {
          const response = readResponse(received, ended);
          if (response && response.size < received.length) throw new Error("bytes after the answer");
          if (response) settle("ok", response);
        } catch (error) {
          this.#error = String(error);
          settle("bad");
        }
      };
      const read = (data: Buffer): void => {
        received = Buffer.concat([received, data]);
        look(false);
      };
      const onEnd = (): void => {
        look(true);
        settle("closed");
      };
      const onError = (error: NodeJS.ErrnoException): void => settle(outcomeOf(error));
      const onClose = (): void => settle("closed");
      const timer = setTimeout(() => settle("hung"), boundMs);
      socket.on("data", read).on("end", onEnd).on("error", onError).on("close", onClose);
      if (this.ended) return settle("closed");
      socket.write(bytes);
    });
  }
}

/** One request on a connection of its own. */
export function request(target: Target, options: RequestOptions = {}): Promise<Answer> {
  return connect(target, options.boundMs).request(options, false);
}

/** The answer's body as JSON; fails the test when there is no whole answer with status 200. */
export function bodyOf(answer: Answer): unknown {
  const { outcome, response, error } = answer;
  if (outcome !== "ok" || response?.status !== 200) {
    throw new Error(`expected an answer, got ${outcome} ${response?.status ?? ""} ${error ?? ""}`);
  }
  return JSON.parse(response.body.toString());
}
