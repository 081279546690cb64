import { once } from "node:events";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { WorkerHandle } from "../workers/worker-handle.ts";

/** Bytes of a worker's output that are kept for the report of its death. */
const KEPT = 16_384;
const MOST_LINES = 40;
const LONGEST_LINE = 500;

interface Piece {
  readonly source: Readable;
  readonly bytes: Buffer;
}

/** Null: its output does not come to us. */
export function lastLines({ stdout, stderr }: Pick<WorkerHandle, "stdout" | "stderr">): LastLines | null {
  const sources = [stdout, stderr].filter((source) => source !== null);
  return sources.length === 0 ? null : new LastLines(sources);
}

/** What a worker has written last. Pieces are kept as they came: they become lines only when somebody asks. */
export class LastLines {
  readonly #sources: readonly Readable[];
  #pieces: Piece[] = [];
  #size = 0;

  constructor(sources: readonly Readable[]) {
    this.#sources = sources;
    for (const source of sources) source.on("data", (bytes: Buffer) => this.#take({ source, bytes }));
  }

  /** Everything it wrote has come. */
  async ended(): Promise<void> {
    await Promise.all(this.#sources.map(async (source) => source.closed || (await once(source, "close"))));
  }

  /** The oldest first. Lines of stdout and stderr are in the order in which they ended. */
  all(): readonly string[] {
    const readers = new Map(this.#sources.map((source) => [source, { decoder: new StringDecoder("utf8"), rest: "" }]));
    const lines: string[] = [];
    for (const { source, bytes } of this.#pieces) {
      const reader = readers.get(source);
      if (!reader) continue;
      const parts = (reader.rest + reader.decoder.write(bytes)).split("\n");
      reader.rest = parts.pop() ?? "";
      lines.push(...parts);
    }
    for (const { rest } of readers.values()) if (rest !== "") lines.push(rest);
    return lines.slice(-MOST_LINES).map((line) => line.slice(0, LONGEST_LINE));
  }

  #take(piece: Piece): void {
    this.#pieces.push(piece);
    this.#size += piece.bytes.length;
    for (let [first] = this.#pieces; first && this.#size - first.bytes.length >= KEPT; [first] = this.#pieces) {
      this.#size -= first.bytes.length;
      this.#pieces.shift();
    }
  }
}
