import type { Http2Session, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Server } from "node:net";

export interface OpenStream {
  readonly headers: IncomingHttpHeaders;
  /** On the clock of `performance.now()`. */
  readonly since: number;
}

/** Of RFC 9113; node:http2 is not loaded for its name. */
const NO_ERROR = 0;
/** As the last stream that is looked at, in a GOAWAY: the greatest there can be. */
const ANY_STREAM = 2 ** 31 - 1;

type Begin = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** The HTTP/2 sessions of all captured servers, and their streams. */
export class Http2Sessions {
  readonly open = new Set<ServerHttp2Session>();
  readonly streams = new Map<ServerHttp2Stream, OpenStream>();
  readonly #onClosed: (inFull: boolean) => void;
  readonly #begins: Begin[] = [];
  /** Those that have brought a request. */
  readonly #used = new WeakSet<Http2Session>();
  #leaving = false;

  /** @param onClosed for each stream that ends, answered in full or not */
  constructor(onClosed: (inFull: boolean) => void) {
    this.#onClosed = onClosed;
  }

  watch(server: Server): void {
    server.on("session", (session: ServerHttp2Session) => {
      this.open.add(session);
      // Node's own listener gives it to the app.
      session.prependListener("stream", this.#begun);
      session.once("close", () => this.open.delete(session));
    });
  }

  /** On each request, before the app sees it. */
  onStream(begin: Begin): void {
    this.#begins.push(begin);
  }

  /**
   * GOAWAY: open streams finish, new ones are refused, and the session closes. One that has brought no request may have sent its first: it is asked to send
   * no more, and closes with that. One that is new gets both then.
   */
  sayGoaway(): void {
    this.#leaving = true;
    for (const session of this.open) {
      if (this.#used.has(session)) session.close();
      else session.goaway(NO_ERROR, ANY_STREAM);
    }
  }

  close(): void {
    for (const session of this.open) session.close();
  }

  readonly #begun = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    this.streams.set(stream, { headers, since: performance.now() });
    stream.once("close", () => {
      this.streams.delete(stream);
      this.#onClosed(stream.rstCode === 0 && stream.writableFinished);
    });
    if (stream.session) this.#used.add(stream.session);
    if (this.#leaving) stream.session?.close();
    for (const begin of this.#begins) begin(stream, headers);
  };
}
