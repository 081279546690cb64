import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { readResponse, type Response } from "./http-response.ts";

// A strict HTTP/1.1 client on bare sockets. It never retries, and every request ends in exactly one outcome.

/**
 * `ok`: answered in full. `refused`: nobody listened. `reset`: the connection was torn down. `closed`: it ended in good
 * order, but before the answer was whole. `hung`: nothing of it within the bound. `bad`: what came is not the answer.
 */
export type Outcome = "ok" | "refused" | "reset" | "closed" | "hung" | "bad";

export interface Target {
  readonly host?: string;
  readonly port?: number;
  /** A unix socket instead of host and port. */
  readonly path?: string;
  /** PEM of the certificate to trust: speaks TLS. */
  readonly ca?: string;
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
  /** From the first packet of the connection, or of the request on an open connection. */
  readonly ms: number;
  /** The client's own port, by which the server's side of the connection can be found. 0 before it was connected. */
  readonly localPort: number;
  readonly error: string | undefined;
}

const DEFAULT_BOUND_MS = 10_000;

function outcomeOf(error: NodeJS.ErrnoException): Outcome {
  if (error.code === "ECONNREFUSED" || error.code === "ENOENT") return "refused";
  return "reset";
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

export class Connection {
  readonly socket: Socket;
  readonly #boundMs: number;
  readonly #opened: Promise<Outcome>;
  readonly #start = performance.now();
  #localPort = 0;
  #requests = 0;
  #error: string | undefined;

  constructor(target: Target, boundMs = DEFAULT_BOUND_MS) {
    const { host = "127.0.0.1", port = 0, path, ca } = target;
    const address = path === undefined ? { host, port } : { path };
    this.#boundMs = boundMs;
    this.socket = ca ? connectTls({ ...address, ca, servername: "localhost" }) : connectTcp(address);
    this.socket.setNoDelay(true);
    this.#opened = this.#open(ca ? "secureConnect" : "connect");
  }

  /** The client's own port. 0 before it was connected. */
  get localPort(): number {
    return this.#localPort;
  }

  /** Whether the server, or an error, has ended it: what an honest keep-alive client looks at before it sends again. */
  get ended(): boolean {
    return this.socket.destroyed || this.socket.readableEnded;
  }

  /** Resolves when the connection stands, or with why it does not. */
  opened(): Promise<Outcome> {
    return this.#opened;
  }

  /** Sends one request and answers how it ended. On `keepAlive` the connection stays open. */
  async request(options: RequestOptions = {}, keepAlive = true): Promise<Answer> {
    const start = this.#requests === 0 ? this.#start : performance.now();
    this.#requests += 1;
    const opened = await this.#opened;
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
    return { outcome, phase, response, ms, localPort: this.#localPort, error: this.#error };
  }

  #open(event: "connect" | "secureConnect"): Promise<Outcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.close();
        resolve("hung");
      }, this.#boundMs);
      this.socket.once("connect", () => {
        this.#localPort = this.socket.localPort ?? 0;
      });
      this.socket.once(event, () => {
        clearTimeout(timer);
        resolve("ok");
      });
      this.socket.once("close", () => {
        clearTimeout(timer);
        resolve("closed");
      });
      this.socket.on("error", (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        this.#error ??= error.message;
        resolve(outcomeOf(error));
      });
    });
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
  return new Connection(target, options.boundMs).request(options, false);
}

/** The answer's body as JSON; fails the test when there is no whole answer with status 200. */
export function bodyOf(answer: Answer): unknown {
  const { outcome, response, error } = answer;
  if (outcome !== "ok" || response?.status !== 200) {
    throw new Error(`expected an answer, got ${outcome} ${response?.status ?? ""} ${error ?? ""}`);
  }
  return JSON.parse(response.body.toString());
}
