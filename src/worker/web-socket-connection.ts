import type { Duplex } from "node:stream";
import { FrameBoundary } from "./frame-boundary.ts";

type Write = Duplex["write"];

/** An upgraded socket of the app's. What the app writes passes here unchanged, so that a close frame finds its place between two frames. */
export class WebSocketConnection {
  readonly url: string;
  readonly socket: Duplex;
  readonly since = performance.now();
  /** When it was told to go. */
  toldAt: number | null = null;
  readonly #boundary = new FrameBoundary();
  readonly #write: Write;
  readonly #onTold: () => void;
  #goodbye: Buffer | null = null;

  constructor(url: string, socket: Duplex, onTold: () => void) {
    this.url = url;
    this.socket = socket;
    this.#onTold = onTold;
    this.#write = socket.write.bind(socket);
    socket.write = ((chunk: unknown, encoding?: unknown, ...rest: unknown[]) => {
      this.#boundary.feed(bytesOf(chunk, encoding));
      const accepted = (this.#write as (...args: unknown[]) => boolean)(chunk, encoding, ...rest);
      if (this.#goodbye) this.#tellAtBoundary(this.#goodbye);
      return accepted;
    }) as Write;
  }

  sayGoodbye(code: number): void {
    this.toldAt ??= performance.now();
    this.#goodbye = Buffer.from([0x88, 0x02, code >> 8, code & 0xff]);
    this.#tellAtBoundary(this.#goodbye);
  }

  #tellAtBoundary(frame: Buffer): void {
    if (this.#boundary.closed || !this.socket.writable) {
      this.#goodbye = null;
      return;
    }
    if (!this.#boundary.reached) return;
    this.#goodbye = null;
    this.#boundary.feed(frame);
    this.#write(frame);
    this.#onTold();
  }
}

function bytesOf(chunk: unknown, encoding: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk !== "string") return new Uint8Array();
  return Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
}
