import diagnostics from "node:diagnostics_channel";
import type { ServerHttp2Stream } from "node:http2";

/** Published while a stream that closes can still be asked how far it has come. */
const CLOSING = "http2.server.stream.close";
const SENT = Symbol("drover.sent");

type Marked = ServerHttp2Stream & { [SENT]?: true };

/**
 * Lets {@link isSent} know from now on. Node destroys a stream as soon as both sides have ended, before it has heard that its last bytes were written: the
 * answer to a request with a body then never finishes.
 */
export function watchSending(): void {
  // Once, however often it is asked for.
  diagnostics.unsubscribe(CLOSING, mark);
  diagnostics.subscribe(CLOSING, mark);
}

/** All of the answer was sent, its end included. */
export function isSent(stream: ServerHttp2Stream): boolean {
  return stream.writableFinished || (stream as Marked)[SENT] === true;
}

function mark(message: unknown): void {
  const { stream } = message as { readonly stream: Marked };
  if (!stream.writableFinished && stream.state.localClose === 1) stream[SENT] = true;
}
