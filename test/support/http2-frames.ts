import { connect as connectTcp, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { connect as connectTls } from "node:tls";
import type { Target } from "./client.ts";

// Frames of HTTP/2 by hand (RFC 9113), and headers in the plainest form of HPACK (RFC 7541), for clients that no library would be.

export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
};
export const END_STREAM = 1;
export const END_HEADERS = 4;
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD = 9;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags = 0, stream = 0, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Four bytes each. */
export function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index));
  return bytes;
}

/** Identifiers with their values. */
export function settings(...pairs: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(6 * pairs.length);
  pairs.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  });
  return frame(FRAME.settings, 0, 0, payload);
}

/** Without compression. `isIndexed`: the other side is to remember it, as the first of its table. */
export function field(name: string, value: string, isIndexed = false): Buffer {
  return Buffer.concat([Buffer.of(isIndexed ? 0x40 : 0), text(name), text(value)]);
}

/** The first field of the table, once more: one byte. */
export const AGAIN = Buffer.of(0x80 | 62);

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.of(...length, rest), bytes]);
}

export function requestFields(path: string, method = "GET"): Buffer {
  const pseudo = [":method", method, ":scheme", "http", ":authority", "localhost", ":path", path];
  return Buffer.concat(
    pseudo.flatMap((name, index) => (index % 2 === 0 ? [field(name, pseudo[index + 1] ?? "")] : [])),
  );
}

/** A whole request without a body. */
export function get(stream: number, path: string, more: Buffer = Buffer.alloc(0)): Buffer {
  return frame(FRAME.headers, END_STREAM | END_HEADERS, stream, Buffer.concat([requestFields(path), more]));
}

export function reset(stream: number): Buffer {
  return frame(FRAME.reset, 0, stream, numbers(8));
}

/** A client that says what it is told to. Acknowledges nothing by itself. */
export class RawHttp2 {
  readonly frames: Frame[] = [];
  readonly closed: Promise<void>;
  readonly socket: Socket;
  #rest: Buffer = Buffer.alloc(0);

  constructor(t: TestContext, { host = "localhost", port = 0, ca }: Target) {
    this.socket = ca ? connectTls({ host, port, ca, ALPNProtocols: ["h2"] }) : connectTcp({ host, port });
    this.socket.on("error", () => undefined).on("data", (bytes: Buffer) => this.#read(bytes));
    this.closed = new Promise((resolve) => void this.socket.once("close", () => resolve()));
    t.after(() => this.socket.destroy());
  }

  /** Greets, with these settings. */
  greet(...pairs: readonly (readonly [number, number])[]): this {
    return this.send(Buffer.from(PREFACE), settings(...pairs));
  }

  send(...parts: readonly Buffer[]): this {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(parts));
    return this;
  }

  /** Waits until what was sent has left, or the connection has ended. */
  async sent(): Promise<void> {
    if (this.socket.destroyed || !this.socket.writableNeedDrain) return;
    await Promise.race([new Promise((resolve) => void this.socket.once("drain", resolve)), this.closed]);
  }

  of(type: number): readonly Frame[] {
    return this.frames.filter((one) => one.type === type);
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= HEAD) {
      const end = HEAD + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) return;
      const payload = this.#rest.subarray(HEAD, end);
      const [type, flags] = [this.#rest.readUInt8(3), this.#rest.readUInt8(4)];
      this.frames.push({ type, flags, stream: this.#rest.readUInt32BE(5), payload });
      this.#rest = this.#rest.subarray(end);
    }
  }
}
