import type { Duplex } from "node:stream";
import { FrameBoundary } from "./frame-boundary.ts";
import { mute } from "./mute.ts";

type Write = (...args: unknown[]) => boolean;

/** An upgraded socket of the app's. What the app writes passes here unchanged, so that a close frame finds its place between two frames. */
export class WebSocketConnection {
  readonly url: string;
  readonly socket: Duplex;
  readonly since = performance.now();
  /** When the close frame was out, be it the app's own. */
  toldAt: number | null = null;
  readonly #boundary = new FrameBoundary();
  readonly #write: Write;
  readonly #onTold: () => void;
  /** The close frame that waits for the end of a frame. */
  #goodbye: Buffer | null = null;

  constructor(url: string, socket: Duplex, onTold: () => void) {
    this.url = url;
    this.socket = socket;
    this.#onTold = onTold;
    this.#write = socket.write.bind(socket) as Write;
    const pass: Write = (chunk, ...rest) => this.#pass(chunk, rest);
    socket.write = pass as Duplex["write"];
  }

  sayGoodbye(code: number): void {
    this.#goodbye = Buffer.from([0x88, 0x02, code >> 8, code & 0xff]);
    if (this.#boundary.reached) this.#tell(this.#goodbye);
  }

  #pass(chunk: unknown, rest: readonly unknown[]): boolean {
    const bytes = bytesOf(chunk, rest[0]);
    if (this.#goodbye) return this.#finishFrame(bytes, rest, this.#goodbye);
    this.#boundary.feed(bytes);
    return this.#write(chunk, ...rest);
  }

  /** A relay writes as the bytes come: the frame may end inside this write, and the next may have begun. */
  #finishFrame(bytes: Uint8Array, rest: readonly unknown[], goodbye: Buffer): boolean {
    const end = this.#boundary.feedToNext(bytes);
    const accepted = this.#write(bytes.subarray(0, end), ...rest.filter((arg) => typeof arg === "function"));
    if (this.#boundary.reached) this.#tell(goodbye);
    return accepted;
  }

  #tell(goodbye: Buffer): void {
    this.#goodbye = null;
    if (this.#boundary.closed || !this.socket.writable) {
      this.toldAt = performance.now();
      return;
    }
    // A client that reads slowly still has all to hear that comes before it.
    this.#write(goodbye, (error: unknown) => {
      if (error) return;
      this.toldAt = performance.now();
      this.#onTold();
    });
    // Browsers take what comes after a close frame for a breach of the protocol.
    mute(this.socket);
  }
}

function bytesOf(chunk: unknown, encoding: unknown): Uint8Array {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (typeof chunk !== "string") return new Uint8Array();
  return Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
}
