/** The end of the response, after which frames begin. */
const HEAD_END = [0x0d, 0x0a, 0x0d, 0x0a] as const;
/** How the response begins. Whatever else the app answers is no WebSocket. */
const SWITCHING = Buffer.from("HTTP/1.1 101");
const CLOSE = 0x8;

/**
 * Follows what is written to a WebSocket, and knows whether a frame is complete: a close frame between two writes of one frame would be taken for
 * its payload. RFC 6455 §5.2; a server's frames are not masked, but may be.
 */
export class FrameBoundary {
  /** How much of {@link HEAD_END} has been seen; `null`: frames have begun. */
  #headEnd: number | null = 0;
  /** How much of the head has been seen; `null`: it refuses the upgrade. */
  #head: number | null = 0;
  #header: number[] = [];
  /** Bytes of the current frame's payload that are still to come. */
  #payload = 0;
  /** A close frame was written: nothing may follow it. */
  closed = false;

  /** Whether a frame may begin here. */
  get reached(): boolean {
    return this.#headEnd === null && this.#header.length === 0 && this.#payload === 0;
  }

  feed(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) at = this.#step(chunk, at);
  }

  /** Reads at most until a frame may begin. Answers how far it has read. */
  feedToNext(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length) {
      at = this.#step(chunk, at);
      if (this.reached) break;
    }
    return at;
  }

  /** Answers how far it has read. */
  #step(chunk: Uint8Array, at: number): number {
    if (this.#payload > 0) {
      const skipped = Math.min(this.#payload, chunk.length - at);
      this.#payload -= skipped;
      return at + skipped;
    }
    const byte = chunk[at] ?? 0;
    if (this.#headEnd === null) this.#readHeader(byte);
    else this.#readHead(byte, this.#headEnd);
    return at + 1;
  }

  #readHead(byte: number, seen: number): void {
    if (this.#head === null) return;
    const expected = SWITCHING[this.#head];
    this.#head = expected === undefined || byte === expected ? this.#head + 1 : null;
    const matches = byte === HEAD_END[seen];
    const next = matches ? seen + 1 : Number(byte === HEAD_END[0]);
    this.#headEnd = next === HEAD_END.length ? null : next;
  }

  #readHeader(byte: number): void {
    this.#header.push(byte);
    const [first = 0, second] = this.#header;
    if (second === undefined) return;
    const short = second & 0x7f;
    const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
    const masked = (second & 0x80) === 0 ? 0 : 4;
    if (this.#header.length < 2 + extended + masked) return;
    const long = this.#header.slice(2, 2 + extended).reduce((length, part) => length * 256 + part, 0);
    this.#payload = extended === 0 ? short : long;
    this.#header = [];
    if ((first & 0x0f) === CLOSE) this.closed = true;
  }
}
