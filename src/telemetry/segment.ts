import { open, type FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";

/** Which file it is, whatever it is called now. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  /** Bytes of its lines, gzipped or not. */
  readonly size: number;
}

const CHUNK = 1 << 16;
const LF = 10;

/** One file of a log, held open: it can be read to its end although it is renamed, gzipped or removed meanwhile. */
export class Segment {
  readonly #handle: FileHandle;
  readonly #gzipped: boolean;

  /** Null: nothing is there. */
  static async open(path: string): Promise<Segment | null> {
    try {
      return new Segment(await open(path, "r"), path.endsWith(".gz"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }

  private constructor(handle: FileHandle, gzipped: boolean) {
    this.#handle = handle;
    this.#gzipped = gzipped;
  }

  async identity(): Promise<Identity> {
    const { dev, ino, mtimeNs, size } = await this.#handle.stat({ bigint: true });
    return { dev, ino, mtimeNs, size: this.#gzipped ? await this.#sizeBefore(Number(size)) : Number(size) };
  }

  /** Its lines as bytes, from `offset` to what is its end now. */
  async *read(offset: number): AsyncGenerator<Buffer> {
    if (!this.#gzipped) return yield* this.#bytes(offset);
    const { createGunzip } = await import("node:zlib");
    let skip = offset;
    for await (const chunk of Readable.from(this.#bytes(0)).pipe(createGunzip()) as AsyncIterable<Buffer>) {
      if (chunk.length > skip) yield chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.length);
    }
  }

  /** Where its last `count` lines begin, and how many of them there are. Of a file that is not gzipped only its end is read. */
  async last(count: number): Promise<{ readonly offset: number; readonly lines: number }> {
    return this.#gzipped ? await this.#lastForwards(count) : await this.#lastBackwards(count);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** The end of a gzip file says how long its content is. */
  async #sizeBefore(size: number): Promise<number> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(4), 0, 4, Math.max(0, size - 4));
    return bytesRead === 4 ? buffer.readUInt32LE() : 0;
  }

  async *#bytes(from: number): AsyncGenerator<Buffer> {
    for (let offset = from; ;) {
      const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(CHUNK), 0, CHUNK, offset);
      if (bytesRead === 0) return;
      offset += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async #lastBackwards(count: number): Promise<{ offset: number; lines: number }> {
    const { size } = await this.#handle.stat();
    let ends = 0;
    for (let end = size; end > 0; end = Math.max(0, end - CHUNK)) {
      const start = Math.max(0, end - CHUNK);
      const { buffer } = await this.#handle.read(Buffer.alloc(end - start), 0, end - start, start);
      for (let at = buffer.lastIndexOf(LF); at !== -1; at = at === 0 ? -1 : buffer.lastIndexOf(LF, at - 1)) {
        if (ends === count) return { offset: start + at + 1, lines: count };
        ends += 1;
      }
    }
    return { offset: 0, lines: ends };
  }

  async #lastForwards(count: number): Promise<{ offset: number; lines: number }> {
    const starts = [0];
    let offset = 0;
    for await (const chunk of this.read(0)) {
      for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, at + 1)) starts.push(offset + at + 1);
      offset += chunk.length;
      starts.splice(0, starts.length - count - 1);
    }
    return { offset: starts[0] ?? 0, lines: starts.length - 1 };
  }
}
