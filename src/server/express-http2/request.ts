import type { IncomingMessage } from "node:http";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { http } from "../node-http.ts";
import { isRequestOf } from "../request-of-stream.ts";
import { requestFields } from "./request-fields.ts";
import { socketOf, StreamSocket } from "./stream-socket.ts";

/** What Node's parser does to a request. */
interface Parsed {
  _addHeaderLines(fields: readonly string[], count: number): void;
}

/** Node's own request, of a stream of HTTP/2. It is made by Node's HTTP/2 server, before the response. */
export class Http2Request extends http.IncomingMessage {
  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _options: unknown, raw: readonly string[]) {
    const socket = new StreamSocket(stream);
    super(socket as unknown as Socket);
    socket.request = this;
    isRequestOf(stream, this);
    this.httpVersion = "2.0";
    this.httpVersionMajor = 2;
    this.httpVersionMinor = 0;
    this.method = headers[":method"] as string;
    this.url = headers[":path"] ?? "";
    addFields(this, requestFields(raw, headers, !stream.endAfterHeaders));
    if (stream.endAfterHeaders) complete(this);
    else stream.on("trailers", onTrailers).on("end", onEnd);
  }
}

function addFields(request: IncomingMessage, fields: readonly string[]): void {
  (request as unknown as Parsed)._addHeaderLines(fields, fields.length);
}

function complete(request: IncomingMessage): void {
  request.complete = true;
  request.push(null);
}

function onTrailers(this: ServerHttp2Stream, _headers: unknown, _flags: number, raw: readonly string[]): void {
  const { request } = socketOf(this);
  if (!request) return;
  // What is added to a complete request is its trailers; and what ends with them has not been cut.
  request.complete = true;
  addFields(request, raw);
}

/** Comes before Node knows of a RST_STREAM that has cut the body short, which must not be taken for whole. */
function onEnd(this: ServerHttp2Stream): void {
  const socket = socketOf(this);
  const { request } = socket;
  if (!request) return;
  const whole = request.complete || Number(request.headers["content-length"]) === socket.received;
  if (whole) return complete(request);
  // The end of a stream that was destroyed before it is not the client's.
  socket.ended = !this.destroyed;
  setImmediate(completeUnlessCut, socket);
}

/** Completes a request whose body has ended, unless it was the end of the stream. */
export function completeUnlessCut({ request, stream, ended }: StreamSocket): void {
  const cut = stream.aborted || stream.rstCode !== 0;
  if (request && ended && !cut && !request.complete && !request.destroyed) complete(request);
}
