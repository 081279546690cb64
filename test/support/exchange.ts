import { connect, type Socket } from "node:net";
import { AnswerReader, type Head } from "./answer-reader.ts";
import type { Outcome, Target } from "./client.ts";

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
 * One HTTP/1.1 request on a connection of its own, both directions of which can be followed and slowed down: for what takes long.
 * `keep-alive`, so that `Connection: close` in the answer is the server's own word. Never retried.
 */
export class Exchange {
  readonly socket: Socket;
  /** Once the head of the answer is there; rejects when it never comes. */
  readonly head: Promise<Head>;
  /** On the wall clock, as the log's times; 0 before. */
  headAt = 0;
  readonly ended: Promise<Ending>;
  readonly #reader: AnswerReader;
  readonly #head = Promise.withResolvers<Head>();
  readonly #ended = Promise.withResolvers<Ending>();
  #error: string | undefined;

  constructor({ host = "127.0.0.1", port = 0 }: Target, options: ExchangeOptions = {}) {
    const { method = "GET", path = "/", headers = {}, onBody = () => undefined } = options;
    this.head = this.#head.promise;
    this.head.catch(() => undefined);
    this.ended = this.#ended.promise;
    this.#reader = new AnswerReader(onBody);
    this.socket = connect({ host, port });
    this.socket.setNoDelay(true);
    this.#follow();
    const fields = { host: "localhost", connection: "keep-alive", ...headers };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  }

  /** As far as it has come. */
  get answer(): Head | undefined {
    return this.#reader.head;
  }

  /** For an answer that ends in its own way, such as another protocol. */
  finish(outcome: Outcome, error?: string): void {
    this.#error ??= error;
    this.socket.destroy();
    this.#head.reject(new Error(`no answer: ${outcome} ${this.#error ?? ""}`));
    this.#ended.resolve({ outcome, error: this.#error });
  }

  #follow(): void {
    this.socket.on("data", (bytes) => this.#take(bytes));
    this.socket.on("end", () => this.finish("closed"));
    this.socket.on("close", () => this.finish("closed"));
    this.socket.on("error", (error: NodeJS.ErrnoException) =>
      this.finish(error.code === "ECONNREFUSED" ? "refused" : "reset", error.message),
    );
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
