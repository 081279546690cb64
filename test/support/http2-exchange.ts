import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { Head } from "./answer-reader.ts";
import type { Outcome, Target } from "./client.ts";
import type { Ending, Exchange, ExchangeOptions } from "./exchange.ts";
import { OpenSocket } from "./open-socket.ts";

/** Until a connection stands. */
const BOUND_MS = 10_000;
/** In bytes, as browsers have it: with the 64 KB of the protocol a busy client would slow the server down. */
const WINDOW = 1_048_576;

/** One stream on a session of its own. */
export class Http2Exchange implements Exchange {
  readonly channel: ClientHttp2Stream;
  readonly head: Promise<Head>;
  headAt = 0;
  readonly ended: Promise<Ending>;
  answer: Head | undefined;
  last = false;
  readonly #session: ClientHttp2Session;
  readonly #head = Promise.withResolvers<Head>();
  readonly #ended = Promise.withResolvers<Ending>();
  #error: string | undefined;
  #whole = false;
  #wasTold = false;

  constructor(target: Target, options: ExchangeOptions) {
    const { method = "GET", path = "/", headers = {} } = options;
    this.head = this.#head.promise;
    this.head.catch(() => undefined);
    this.ended = this.#ended.promise;
    const { socket } = new OpenSocket(target, BOUND_MS);
    const scheme = target.ca === undefined ? "http" : "https";
    this.#session = connect(`${scheme}://localhost`, {
      createConnection: () => socket,
      settings: { initialWindowSize: WINDOW },
    });
    this.#session.once("connect", () => this.#session.setLocalWindowSize(WINDOW));
    // What has come together with it may have been sent before.
    this.#session.on("goaway", () => setImmediate(() => (this.#wasTold = true)));
    this.#session.on("error", (error: Error) => (this.#error ??= error.message));
    const fields = { ":method": method, ":path": path, ":authority": "localhost", ...headers };
    this.channel = this.#session.request(fields, { endStream: method === "GET" });
    this.#follow(options);
  }

  sent(): void {
    this.channel.end();
  }

  finish(outcome: Outcome, error?: string): void {
    this.#error ??= error;
    this.#head.reject(new Error(`no answer: ${outcome} ${this.#error ?? ""}`));
    this.#ended.resolve({ outcome, error: this.#error });
    this.channel.close(constants.NGHTTP2_CANCEL);
    this.#session.close();
  }

  #follow({ onBody = () => undefined }: ExchangeOptions): void {
    const { channel } = this;
    channel.on("response", (headers) => {
      this.headAt = Date.now();
      this.last = this.#wasTold;
      const fields = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
      this.answer = { status: Number(headers[":status"]), headers: new Map(fields) };
      this.#head.resolve(this.answer);
    });
    channel.on("data", (piece: Buffer) => this.#take(piece, onBody));
    channel.on("end", () => (this.#whole = true));
    channel.on("error", (error: Error) => (this.#error ??= error.message));
    channel.on("close", () => this.finish(this.#outcome()));
  }

  #take(piece: Buffer, onBody: (piece: Buffer) => void): void {
    try {
      onBody(piece);
    } catch (error) {
      this.finish("bad", String(error));
    }
  }

  #outcome(): Outcome {
    const { rstCode } = this.channel;
    if (rstCode === constants.NGHTTP2_REFUSED_STREAM) return "unprocessed";
    if (rstCode === constants.NGHTTP2_NO_ERROR && this.#error === undefined && this.#whole) return "ok";
    return rstCode === constants.NGHTTP2_CANCEL || this.#error === undefined ? "closed" : "reset";
  }
}
