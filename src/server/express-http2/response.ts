import type { ServerResponse } from "node:http";
import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { http } from "../node-http.ts";
import { closeMessages } from "./closing.ts";
import { fieldsGiven, fieldsOfLines, fieldsSet, type GivenFields } from "./response-fields.ts";
import { socketOf, type StreamSocket } from "./stream-socket.ts";

/** What Node's response keeps for the functions that write to an HTTP/1 connection. */
type Kept = ServerResponse & {
  _header: string | null;
  /** Bytes. Known as long as nothing was sent: then this is all of the body. */
  readonly _contentLength: number | null;
  readonly _hasBody: boolean;
  readonly _removedContLen: boolean;
  /** Rendered for HTTP/1. */
  readonly _trailer: string;
};

const node = http.ServerResponse.prototype as unknown as { _finish(this: ServerResponse): void };

type Written = (error?: Error | null) => void;

/**
 * Node's own response, of a stream of HTTP/2. Only the four functions are not Node's that write to a connection; each response has them itself, since Express
 * changes prototypes, mounted apps included.
 */
export class Http2Response extends http.ServerResponse {
  _storeHeader = storeHeader;
  _send = send;
  _writeRaw = writeInformational;
  _finish = finish;

  constructor(stream: ServerHttp2Stream) {
    const socket = socketOf(stream);
    if (!socket.request) throw new Error("expected a request before its response");
    super(socket.request);
    (this as { socket: unknown }).socket = socket;
    socket._httpMessage = this;
    stream.on("error", ignore).on("close", onClose);
  }
}

/** Where the head of an HTTP/1 response would be rendered. */
function storeHeader(this: Kept, firstLine: string, given: GivenFields): void {
  const socket = this.socket as unknown as StreamSocket;
  const { stream } = socket;
  const whole = this._contentLength !== null;
  const fields = fieldsOf(this, given);
  this._header = firstLine;
  // Nobody is there any more to hear it.
  if (stream.destroyed || stream.closed) return;
  const waitForTrailers = this._hasBody && (!whole || this._trailer !== "");
  if (waitForTrailers) stream.on("wantTrailers", sendTrailers).on("drain", onDrain);
  const endStream = this._contentLength === 0 && !waitForTrailers;
  const options = { endStream, waitForTrailers, sendDate: this.sendDate };
  try {
    stream.respond(fields, options);
  } catch (error) {
    socket.destroy(error as Error);
  }
}

function fieldsOf(response: Kept, given: GivenFields): OutgoingHttpHeaders {
  const set = response.getHeaders();
  const fields = isEmpty(set) ? fieldsGiven(given) : fieldsSet(set);
  const length = response._contentLength;
  if (length !== null && response._hasBody && !response._removedContLen) fields["content-length"] ??= length;
  fields[":status"] = sendable(response.statusCode);
  return fields;
}

function isEmpty(fields: object): boolean {
  for (const _name in fields) return false;
  return true;
}

/** HTTP/2 has no other codes for a last answer. RFC 9110, 15: a client is to take any other for 500, and so it gets that. */
function sendable(status: number): number {
  return status >= 200 && status <= 599 ? status : 500;
}

/** Where the body of an HTTP/1 response would be written. Nothing, with a callback: the response ends. */
function send(this: Kept, data: string | Uint8Array, encoding: BufferEncoding, written?: Written): boolean {
  const socket = this.socket as unknown as StreamSocket;
  const { stream } = socket;
  const told = written && once(socket, written);
  if (data.length > 0 && !stream.writableEnded) return stream.write(data, encoding, told);
  if (!told) return true;
  if (socket.answered) process.nextTick(told);
  else stream.end(told);
  return true;
}

/** Node may call it when the stream has closed: then whoever closes the response has called it already. */
function once(socket: StreamSocket, written: Written): Written {
  let isTold = false;
  const tell: Written = (error) => {
    if (isTold) return;
    isTold = true;
    written(socket.answered ? null : error);
  };
  socket.onSent = tell;
  return tell;
}

/** Where 100, 102 and 103 are written, as HTTP/1 has them. */
function writeInformational(this: Kept, head: string, _encoding: string, written?: Written): boolean {
  const { stream } = this.socket as unknown as StreamSocket;
  const [line = ""] = head.split("\r\n", 1);
  if (!stream.headersSent && !stream.destroyed && !stream.closed) {
    stream.additionalHeaders({ ...fieldsOfLines(head.slice(line.length)), ":status": Number(line.split(" ")[1]) });
  }
  if (typeof written === "function") process.nextTick(written);
  return true;
}

/** Called when all was written. */
function finish(this: Kept): void {
  const { stream } = this.socket as unknown as StreamSocket;
  node._finish.call(this);
  stream.end();
  if (!this.req.complete) stream.once("finish", refuseTheRest);
}

/** An upload that nobody reads would hold the stream open for as long as the client likes: RST_STREAM with NO_ERROR, RFC 9113, 8.1. */
function refuseTheRest(this: ServerHttp2Stream): void {
  if (this.readableFlowing === null) setImmediate(closeStream, this);
}

function closeStream(stream: ServerHttp2Stream): void {
  if (!stream.destroyed) stream.close();
}

function sendTrailers(this: ServerHttp2Stream): void {
  const response = socketOf(this)._httpMessage as Kept | null;
  this.sendTrailers(fieldsOfLines(response?._trailer ?? ""));
}

/** Node's flag that `drain` is owed, which `writableNeedDrain` says. */
const NEED_DRAIN = Object.getOwnPropertySymbols(new http.OutgoingMessage()).find(
  (symbol) => symbol.description === "kNeedDrain",
);

function onDrain(this: ServerHttp2Stream): void {
  const response = socketOf(this)._httpMessage;
  if (!response || response.finished) return;
  if (NEED_DRAIN) Object.assign(response, { [NEED_DRAIN]: false });
  response.emit("drain");
}

function onClose(this: ServerHttp2Stream): void {
  closeMessages(socketOf(this));
}

/** What ended the stream is said by its `close`. */
function ignore(): void {}
