import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Server } from "node:net";
import { watchSending } from "../../server/sent-streams.ts";
import { Roster } from "./roster.ts";

export interface OpenStream {
  readonly headers: IncomingHttpHeaders;
  /** On the clock of `performance.now()`. */
  readonly since: number;
}

/** `used`: it has brought a request. */
type Life = "fresh" | "used";

/** Of RFC 9113; node:http2 is not loaded for their names. */
const [NO_ERROR, CANCEL] = [0, 8];

type Begin = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** The HTTP/2 sessions of all captured servers, and their streams. */
export class Http2Sessions {
  readonly open = new Roster<ServerHttp2Session, Life>();
  readonly streams = new Roster<ServerHttp2Stream, OpenStream>();
  /** The listener of all streams: a closure for each, and what `once` wraps it in, would be garbage that lives as long as the stream. */
  readonly #ended: (this: ServerHttp2Stream) => void;
  readonly #begins: Begin[] = [];
  #leaving = false;

  /** @param onClosed for each stream that ends; null: it was not answered in full */
  constructor(onClosed: (stream: ServerHttp2Stream, answered: OpenStream | null) => void) {
    const { streams } = this;
    this.#ended = function (this: ServerHttp2Stream) {
      const open = streams.get(this) ?? null;
      streams.delete(this);
      onClosed(this, isAnswered(this) ? open : null);
    };
  }

  watch(server: Server): void {
    watchSending();
    server.on("session", (session: ServerHttp2Session) => {
      this.open.set(session, "fresh");
      // Node's own listener gives it to the app.
      session.prependListener("stream", this.#begun);
      session.prependOnceListener("stream", () => this.open.set(session, "used"));
      session.once("close", () => this.open.delete(session));
    });
  }

  /** On each request, before the app sees it. */
  onStream(begin: Begin): void {
    this.#begins.push(begin);
  }

  /**
   * GOAWAY: open streams finish, new ones are refused, and the session closes. One that has brought no request hears it with its first, which may be on its
   * way: whatever a GOAWAY says, nghttp2 looks at nothing that comes after it.
   */
  sayGoaway(): void {
    this.#leaving = true;
    for (const [session, life] of this.open.entries()) if (life === "used") session.close();
  }

  close(): void {
    for (const session of this.open.keys()) session.close();
  }

  readonly #begun = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    this.streams.set(stream, { headers, since: performance.now() });
    stream.on("close", this.#ended);
    if (this.#leaving) stream.session?.close();
    for (const begin of this.#begins) begin(stream, headers);
  };
}

/**
 * Whether its client has got the whole answer. A client that hangs up when it has may be quicker than Node, which then says that the stream was cancelled, or
 * has not said yet that it is finished. `aborted`: the app had not ended it; Node ends it then, too.
 */
function isAnswered({ aborted, rstCode, writableEnded, writableFinished }: ServerHttp2Stream): boolean {
  if (aborted) return false;
  return rstCode === NO_ERROR ? writableEnded : rstCode === CANCEL && writableFinished;
}
