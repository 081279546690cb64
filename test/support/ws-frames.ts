// RFC 6455 §5, as a client needs it.

export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

const KNOWN = new Set([0x0, TEXT, BINARY, CLOSE, PING, PONG]);
const FIN = 0x80;
const MASKED = 0x80;
const LONGEST_CONTROL = 125;

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A whole message in one frame. The mask is zero: it is there, as a client's must be, and leaves the payload as it is. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const mask = Buffer.alloc(4);
  const first = FIN | opcode;
  if (length < 126) return Buffer.concat([Buffer.from([first, MASKED | length]), mask, payload]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = MASKED | (length < 65_536 ? 126 : 127);
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, mask, payload]);
}

export function closeFrame(code: number): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return clientFrame(CLOSE, payload);
}

/** Takes a server's frames in as they come. Strict: a bit out of place throws, as it does when a frame was written into the middle of another. */
export class FrameReader {
  #parts: Buffer[] = [];
  #size = 0;
  /** Bytes below which another look is of no use. */
  #needed = 2;

  /** It ended inside a frame. */
  get torn(): boolean {
    return this.#size > 0;
  }

  push(bytes: Buffer): Frame[] {
    this.#parts.push(bytes);
    this.#size += bytes.length;
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    if (this.#size < this.#needed) return undefined;
    const bytes = Buffer.concat(this.#parts);
    const { opcode, start, length } = readHead(bytes);
    this.#parts = [bytes];
    this.#needed = length === undefined ? start : start + length;
    if (length === undefined || bytes.length < this.#needed) return undefined;
    const rest = bytes.subarray(this.#needed);
    this.#parts = [rest];
    this.#size = rest.length;
    this.#needed = 2;
    return { opcode, payload: bytes.subarray(start, start + length) };
  }
}

/** `start`: where the payload begins. Without `length` that many bytes are needed to know it. */
function readHead(bytes: Buffer): { opcode: number; start: number; length: number | undefined } {
  const [first = 0, second = 0] = bytes;
  const opcode = first & 0x0f;
  if ((first & 0x70) !== 0 || !KNOWN.has(opcode)) throw new Error(`expected a frame, got 0x${first.toString(16)}`);
  if ((second & MASKED) !== 0) throw new Error("a server's frame that is masked");
  const short = second & 0x7f;
  const isControl = (opcode & 0x8) !== 0;
  if (isControl && ((first & FIN) === 0 || short > LONGEST_CONTROL)) throw new Error("a control frame out of shape");
  if (short < 126) return { opcode, start: 2, length: short };
  const start = short === 126 ? 4 : 10;
  if (bytes.length < start) return { opcode, start, length: undefined };
  return { opcode, start, length: short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)) };
}
