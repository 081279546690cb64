import type { IncomingMessage } from "node:http";
import type { ServerHttp2Stream } from "node:http2";

const REQUEST = Symbol("drover.request");
type Asked = ServerHttp2Stream & { [REQUEST]?: IncomingMessage };

/** Says that this message of HTTP/1 stands for a stream of HTTP/2. */
export function isRequestOf(stream: ServerHttp2Stream, request: IncomingMessage): void {
  (stream as Asked)[REQUEST] = request;
}

/** What a framework may have written its route on. Null: the app has the stream itself, or Node's own message of it. */
export function requestOf(stream: ServerHttp2Stream): IncomingMessage | null {
  return (stream as Asked)[REQUEST] ?? null;
}
