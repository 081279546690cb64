/** What has come so far is: a part of an answer · as expected · that, and the server closes · something else. */
export type Verdict = "part" | "right" | "last" | "wrong";

/** Reads one connection's answers, of which there is one at a time. */
export type Reader = (chunk: Buffer) => Verdict;

/** Readers for connections on which every answer is a 200 with this body: its text, or how many bytes it has. */
export function httpReaders(body: string | number): () => Reader {
  // Compared whole, which costs next to nothing: only the first one, and those after a change of its Date, are looked at closely.
  let known = Buffer.alloc(0);
  return () => {
    let parts: Buffer[] = [];
    let bytes = 0;
    let head: Head | null = null;
    return (chunk) => {
      if (bytes === 0 && chunk.equals(known)) return "right";
      parts.push(chunk);
      bytes += chunk.length;
      head ??= headOf(parts);
      if (head === null || !isWhole(head, bytes, chunk)) return "part";
      const isBody = isExpected(head, parts, bytes, body);
      const verdict = isBody ? verdictOf(head) : "wrong";
      if (verdict === "right" && parts.length === 1) known = Buffer.from(chunk);
      [parts, bytes, head] = [[], 0, null];
      return verdict;
    };
  };
}

/** For answers that are these bytes and no others, after the head of an upgrade. */
export function bytesReader(expected: Buffer): Reader {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    if (rest.length === 0 && chunk.equals(expected)) return "right";
    rest = Buffer.concat([rest, chunk]);
    if (rest.length < expected.length) return "part";
    const verdict = rest.equals(expected) ? "right" : "wrong";
    rest = Buffer.alloc(0);
    return verdict;
  };
}

interface Head {
  readonly text: string;
  /** With the empty line behind it. */
  readonly bytes: number;
  /** Of the body; null: it comes in chunks. */
  readonly length: number | null;
}

function headOf(parts: Buffer[]): Head | null {
  const start = Buffer.concat(parts);
  const end = start.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const text = start.toString("latin1", 0, end);
  const length = /\r\nTransfer-Encoding: chunked/i.test(text) ? null : /\r\nContent-Length: (\d+)/i.exec(text)?.[1];
  return { text, bytes: end + 4, length: length === null ? null : Number(length ?? 0) };
}

function isWhole({ bytes: before, length }: Head, bytes: number, last: Buffer): boolean {
  return length === null ? last.subarray(-5).equals(LAST_CHUNK) : bytes >= before + length;
}

const LAST_CHUNK = Buffer.from("0\r\n\r\n");

function isExpected({ bytes: before, length }: Head, parts: Buffer[], bytes: number, body: string | number): boolean {
  if (length !== null && bytes !== before + length) return false;
  if (length !== null && typeof body === "number") return length === body;
  const rest = Buffer.concat(parts).subarray(before);
  const found = length === null ? joinChunks(rest) : rest;
  return typeof body === "number" ? found.length === body : found.equals(Buffer.from(body));
}

function verdictOf({ text }: Head): Verdict {
  if (!text.startsWith("HTTP/1.1 200")) return "wrong";
  return /\r\nConnection: close/i.test(text) ? "last" : "right";
}

function joinChunks(encoded: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < encoded.length;) {
    const start = encoded.indexOf("\r\n", at) + 2;
    const end = start + Number.parseInt(encoded.toString("latin1", at, start), 16);
    chunks.push(encoded.subarray(start, end));
    at = end + 2;
  }
  return Buffer.concat(chunks);
}
