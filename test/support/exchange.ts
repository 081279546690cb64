import type { Duplex } from "node:stream";
import { AnswerReader, type Head } from "./answer-reader.ts";
import type { Outcome, Target } from "./client.ts";
import { Http2Exchange } from "./http2-exchange.ts";
import { OpenSocket, outcomeOf } from "./open-socket.ts";

export interface ExchangeOptions {
  /** Default GET. */
  readonly method?: string;
  /** Default `/`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Hears the body as it comes. */
  readonly onBody?: (piece: Buffer) => void;
}

export interface Ending {
  /** `ok`: the whole answer came. Otherwise as in client.ts; there is no `hung`: whoever waits has a bound. */
  readonly outcome: Outcome;
  readonly error: string | undefined;
}

/**
 * One request on a connection of its own, both directions of which can be followed and slowed down: for what takes long.
 * Never retried.
 */
export interface Exchange {
  /** What was asked and what is answered: the connection, or the stream of HTTP/2. */
  readonly channel: Duplex;
  /** Once the head of the answer is there; rejects when it never comes. */
  readonly head: Promise<Head>;
  /** On the wall clock, as the log's times; 0 before. */
  readonly headAt: number;
  readonly ended: Promise<Ending>;
  /** As far as it has come. */
  readonly answer: Head | undefined;
  /** The server has said that the connection ends with it: by `Connection: close`, or by a GOAWAY before it. */
  readonly last: boolean;
  /** The request's body is complete. */
  sent(): void;
  /** For an answer that ends in its own way, such as another protocol. */
  finish(outcome: Outcome, error?: string): void;
}

export function startExchange(target: Target, options: ExchangeOptions = {}): Exchange {
  return target.http2 ? new Http2Exchange(target, options) : new Http1Exchange(target, options);
}

/** Until a connection stands. */
const BOUND_MS = 10_000;

/** `keep-alive`, so that `Connection: close` in the answer is the server's own word. */
export class Http1Exchange implements Exchange {
  readonly channel: Duplex;
  readonly head: Promise<Head>;
  headAt = 0;
  readonly ended: Promise<Ending>;
  readonly #reader: AnswerReader;
  readonly #head = Promise.withResolvers<Head>();
  readonly #ended = Promise.withResolvers<Ending>();
  #error: string | undefined;

  constructor(target: Target, options: ExchangeOptions) {
    const { method = "GET", path = "/", headers = {}, onBody = () => undefined } = options;
    this.head = this.#head.promise;
    this.head.catch(() => undefined);
    this.ended = this.#ended.promise;
    this.#reader = new AnswerReader(onBody);
    this.channel = new OpenSocket({ ...target, http2: false }, BOUND_MS).socket;
    this.#follow();
    const fields = { host: "localhost", connection: "keep-alive", ...headers };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    this.channel.write(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  }

  get answer(): Head | undefined {
    return this.#reader.head;
  }

  get last(): boolean {
    return this.answer?.headers.get("connection") === "close";
  }

  /** The head has said how long it is. */
  sent(): void {}

  finish(outcome: Outcome, error?: string): void {
    this.#error ??= error;
    this.channel.destroy();
    this.#head.reject(new Error(`no answer: ${outcome} ${this.#error ?? ""}`));
    this.#ended.resolve({ outcome, error: this.#error });
  }

  #follow(): void {
    this.channel.on("data", (bytes) => this.#take(bytes));
    this.channel.on("end", () => this.finish("closed"));
    this.channel.on("close", () => this.finish("closed"));
    this.channel.on("error", (error: NodeJS.ErrnoException) => this.finish(outcomeOf(error), error.message));
  }

  #take(bytes: Buffer): void {
    try {
      this.#reader.push(bytes);
    } catch (error) {
      return this.finish("bad", String(error));
    }
    if (this.#reader.head) this.#begun(this.#reader.head);
    if (this.#reader.whole) this.finish("ok");
  }

  #begun(head: Head): void {
    if (this.headAt === 0) this.headAt = Date.now();
    this.#head.resolve(head);
  }
}
