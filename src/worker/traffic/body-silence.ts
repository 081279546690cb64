import type { ServerHttp2Stream } from "node:http2";
import { answerEarly } from "../../server/answer-early.ts";
import type { OpenStream } from "./http2-sessions.ts";

/** What HTTP/1 clients get. */
const TOO_LATE = { ":status": 408 };

/** Request bodies of HTTP/2 that have stopped arriving, as read-timeout.ts has it for HTTP/1. */
export class BodySilence {
  readonly #limit: number;
  readonly #seen = new WeakMap<ServerHttp2Stream, { bytes: number; since: number }>();

  /** @param limit in milliseconds */
  constructor(limit: number) {
    this.#limit = limit;
  }

  check(stream: ServerHttp2Stream, { headers }: OpenStream, now: number): void {
    if (!isAwaited(stream) || isConversation(headers["content-type"])) return void this.#seen.delete(stream);
    const last = this.#seen.get(stream);
    const bytes = bytesRead(stream);
    if (last?.bytes !== bytes) this.#seen.set(stream, { bytes, since: now });
    else if (now - last.since >= this.#limit) answerEarly(stream, TOO_LATE);
  }
}

/** The app reads, and waits for more. Once it has begun to answer, the two may talk for as long as they like. */
function isAwaited(stream: ServerHttp2Stream): boolean {
  if (stream.endAfterHeaders || stream.readableEnded || stream.headersSent || stream.destroyed) return false;
  const isRead = stream.readableFlowing === true || stream.listenerCount("readable") > 0;
  return isRead && stream.readableLength < stream.readableHighWaterMark && stream.state.remoteClose !== 1;
}

/** Calls of gRPC are silent by nature, and have deadlines of their own. */
function isConversation(type = ""): boolean {
  return type.startsWith("application/grpc");
}

/** Not public for a stream; all of the connection's, where Node has hidden it better. */
function bytesRead(stream: ServerHttp2Stream): number {
  const key = Object.getOwnPropertySymbols(stream).find(({ description }) => description === "kHandle");
  const handle = key && (stream as unknown as Record<symbol, { readonly bytesRead?: number } | undefined>)[key];
  return handle?.bytesRead ?? stream.session?.socket.bytesRead ?? 0;
}
