/** An answer up to its body. */
export interface Head {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

const LINE_END = "\r\n";
const HEAD_END = "\r\n\r\n";

type Part = "head" | "length" | "chunk-size" | "chunk" | "chunk-end" | "trailer" | "raw" | "whole";

/**
 * Takes in one HTTP/1.1 answer as it comes and hands its body on piece by piece, for answers that are too long to keep or have no end of
 * their own. Strict: what is not an answer throws.
 */
export class AnswerReader {
  head: Head | undefined;
  #part: Part = "head";
  /** Bytes of the body or the chunk still to come. */
  #left = 0;
  #rest: Buffer = Buffer.alloc(0);
  readonly #onBody: (piece: Buffer) => void;

  constructor(onBody: (piece: Buffer) => void) {
    this.#onBody = onBody;
  }

  /** The framing says that all of it has come. */
  get whole(): boolean {
    return this.#part === "whole";
  }

  push(bytes: Buffer): void {
    if (this.#part === "raw") return this.#onBody(bytes);
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (this.#step());
    if (this.whole && this.#rest.length > 0) throw new Error("bytes after the answer");
  }

  /** Reads one part of the framing; answers whether the next may follow. */
  #step(): boolean {
    switch (this.#part) {
      case "head":
        return this.#readHead();
      case "length":
        return this.#readBody("whole");
      case "chunk":
        return this.#readBody("chunk-end");
      case "chunk-size":
        return this.#readLine((line) => this.#chunk(line));
      case "chunk-end":
        return this.#readLine((line) => this.#chunkEnd(line));
      case "trailer":
        return this.#readLine((line) => line === "" && this.#go("whole"));
      case "raw":
      case "whole":
        return false;
    }
  }

  #go(part: Part): void {
    this.#part = part;
  }

  #readHead(): boolean {
    const text = this.#until(HEAD_END);
    if (text === undefined) return false;
    const [first = "", ...lines] = text.split(LINE_END);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(`${first} `)?.[1]);
    if (!status) throw new Error(`expected a status line, got ${JSON.stringify(first)}`);
    const headers = new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    this.head = { status, headers };
    this.#begin(this.head);
    return true;
  }

  #begin({ status, headers }: Head): void {
    const length = headers.get("content-length");
    this.#left = Number(length ?? 0);
    if (status === 101) this.#raw();
    else if (headers.get("transfer-encoding") === "chunked") this.#go("chunk-size");
    else this.#go(this.#left > 0 ? "length" : "whole");
    if (status !== 101 && length === undefined && this.whole) throw new Error("an answer without an end");
  }

  /** Another protocol from here on. */
  #raw(): void {
    this.#go("raw");
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    if (rest.length > 0) this.#onBody(rest);
  }

  #chunk(line: string): void {
    if (!/^[0-9a-f]+$/i.test(line)) throw new Error(`expected a chunk's length, got ${JSON.stringify(line)}`);
    this.#left = Number.parseInt(line, 16);
    this.#go(this.#left === 0 ? "trailer" : "chunk");
  }

  #chunkEnd(line: string): void {
    if (line !== "") throw new Error("bytes after the end of a chunk");
    this.#go("chunk-size");
  }

  #readBody(next: Part): boolean {
    const piece = this.#rest.subarray(0, this.#left);
    this.#rest = this.#rest.subarray(piece.length);
    this.#left -= piece.length;
    if (piece.length > 0) this.#onBody(piece);
    if (this.#left > 0) return false;
    this.#go(next);
    return true;
  }

  #readLine(take: (line: string) => unknown): boolean {
    const line = this.#until(LINE_END);
    if (line === undefined) return false;
    take(line);
    return true;
  }

  #until(mark: string): string | undefined {
    const at = this.#rest.indexOf(mark);
    if (at < 0) return undefined;
    const text = this.#rest.toString("latin1", 0, at);
    this.#rest = this.#rest.subarray(at + mark.length);
    return text;
  }
}
