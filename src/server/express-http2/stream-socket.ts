import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { isSent } from "../sent-streams.ts";
import { StreamEvents } from "./stream-events.ts";

type Listened = ServerHttp2Stream & { [SOCKET]?: StreamSocket };

const SOCKET = Symbol("drover.streamSocket");

/** The socket that stands for this stream: listeners are shared functions, which find by it what they are for. */
export function socketOf(stream: ServerHttp2Stream): StreamSocket {
  const socket = (stream as Listened)[SOCKET];
  if (!socket) throw new Error("expected a stream with a request");
  return socket;
}

/**
 * One stream of an HTTP/2 connection, as the socket of an HTTP/1 request: so that Node's own request and response work on it. What concerns
 * the exchange (events, reading, destroying, timeouts) is the stream's; all else, such as addresses and certificates, is the connection's.
 */
export class StreamSocket extends StreamEvents {
  /** What `resume` reads for. */
  request: IncomingMessage | null = null;
  /** Bytes of the request's body. */
  received = 0;
  /** The request's body has ended, whole or not. */
  ended = false;
  /** Node's name for the response that has the socket: without it `end` would not finish. */
  _httpMessage: ServerResponse | null = null;
  readonly _paused = false;
  /** Apps behind a proxy that ends TLS set it. */
  encrypted: boolean;
  timeout = 0;
  /** What hears that the last write was sent. */
  onSent: (() => void) | null = null;
  #reading = false;

  constructor(stream: ServerHttp2Stream) {
    super(stream);
    this.encrypted = this.session.encrypted === true;
    (stream as Listened)[SOCKET] = this;
  }

  get readable(): boolean {
    return !this.stream.destroyed;
  }

  get writable(): boolean {
    return !this.stream.destroyed;
  }

  get destroyed(): boolean {
    return this.stream.destroyed;
  }

  get errored(): Error | null {
    return this.stream.errored;
  }

  get closed(): boolean {
    return this.stream.closed;
  }

  /** All of the answer was sent. Node finishes the stream of a client that has left as well. */
  get answered(): boolean {
    return isSent(this.stream) && !this.stream.aborted;
  }

  /** Node asks before it says that a response has finished. */
  get _hadError(): boolean {
    return this.stream.destroyed && !this.answered;
  }

  get _readableState(): unknown {
    return (this.stream as unknown as { _readableState: unknown })._readableState;
  }

  get _writableState(): unknown {
    return (this.stream as unknown as { _writableState: unknown })._writableState;
  }

  get readableHighWaterMark(): number {
    return this.stream.readableHighWaterMark;
  }

  get writableHighWaterMark(): number {
    return this.stream.writableHighWaterMark;
  }

  get writableLength(): number {
    return this.answered ? 0 : this.stream.writableLength;
  }

  get writableCorked(): number {
    return this.stream.writableCorked;
  }

  /** Node asks for it with each header that is set. */
  get server(): unknown {
    return (this.session as unknown as { server: unknown }).server;
  }

  cork(): void {
    this.stream.cork();
  }

  uncork(): void {
    this.stream.uncork();
  }

  pause(): this {
    this.stream.pause();
    return this;
  }

  /** Reads for the request: not before it is asked to, so that Node may refuse a body that nobody wants. */
  resume(): this {
    if (this.#reading) {
      this.stream.resume();
    } else if (this.request && !this.request.complete) {
      this.#reading = true;
      this.stream.on("data", onData);
    }
    return this;
  }

  /** RST_STREAM, never with NO_ERROR before the answer is whole: the client would take what it got for all of it. */
  destroy(error?: Error | null): this {
    const { stream } = this;
    if (!stream.destroyed) {
      stream.close(this.answered ? NO_ERROR : INTERNAL_ERROR);
      stream.destroy(error ?? undefined);
    }
    return this;
  }

  destroySoon(): void {
    this.stream.end();
  }

  end(): this {
    this.stream.end();
    return this;
  }

  /** Asking for it throws Node's ERR_HTTP2_NO_SOCKET_MANIPULATION: bytes of HTTP/1 would be nonsense here. */
  write(...written: Parameters<Socket["write"]>): boolean {
    return this.session.socket.write(...written);
  }

  setTimeout(ms: number, callback?: () => void): this {
    this.stream.off("timeout", onTimeout).setTimeout(ms, callback);
    if (ms > 0) this.stream.on("timeout", onTimeout);
    this.timeout = ms;
    return this;
  }

  // The connection is not the request's to tune, but answers that stream events commonly ask for both.
  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }
}

const NO_ERROR = 0;
const INTERNAL_ERROR = 2;

/** As Node's HTTP/1 does it: nobody listens, so the exchange is over. */
function onTimeout(this: ServerHttp2Stream): void {
  const socket = socketOf(this);
  const { request, _httpMessage: response } = socket;
  const heard = request !== null && !request.complete && request.emit("timeout", socket);
  const heardToo = response?.emit("timeout", socket) === true;
  if (!heard && !heardToo) socket.destroy();
}

function onData(this: ServerHttp2Stream, chunk: Buffer): void {
  const socket = socketOf(this);
  socket.received += chunk.length;
  if (socket.request?.push(chunk) === false) this.pause();
}
