import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";

/** Answers without the app, and without a body. The rest of an upload is not wanted: RST_STREAM with NO_ERROR (RFC 9113, 8.1), once the answer has left. */
export function answerEarly(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void {
  stream.respond(headers, { endStream: true });
  if (!stream.endAfterHeaders) setImmediate(() => stream.close());
}
