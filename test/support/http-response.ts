export interface Response {
  readonly status: number;
  /** Names in lower case; the last of several wins. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** The whole answer, its framing included, in bytes. */
  readonly size: number;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");

interface Chunks {
  readonly body: Buffer;
  readonly size: number;
}

/** `undefined` when the last chunk is not there yet. */
function readChunks(bytes: Buffer): Chunks | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf(LINE_END, at);
    if (lineEnd < 0) return undefined;
    const text = bytes.toString("latin1", at, lineEnd);
    if (!/^[0-9a-f]+$/i.test(text)) throw new Error(`expected a chunk's length, got ${JSON.stringify(text)}`);
    const length = Number.parseInt(text, 16);
    const start = lineEnd + LINE_END.length;
    const next = start + length + LINE_END.length;
    if (bytes.length < next) return undefined;
    parts.push(bytes.subarray(start, start + length));
    at = next;
    if (length === 0) return { body: Buffer.concat(parts), size: at };
  }
}

/**
 * Reads one HTTP/1.1 answer from the beginning of `bytes`, `undefined` while it is incomplete.
 * Throws on what is no answer at all, so that half of a foreign one is never taken for good.
 */
export function readResponse(bytes: Buffer, ended: boolean): Response | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(`${statusLine} `)?.[1]);
  if (!status) throw new Error(`expected a status line, got ${JSON.stringify(statusLine)}`);
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const start = headEnd + HEAD_END.length;
  const rest = bytes.subarray(start);
  if (headers.get("transfer-encoding") === "chunked") {
    const chunks = readChunks(rest);
    return chunks && { status, headers, body: chunks.body, size: start + chunks.size };
  }
  const length = headers.get("content-length");
  if (length !== undefined) {
    const size = Number(length);
    if (rest.length < size) return undefined;
    return { status, headers, body: rest.subarray(0, size), size: start + size };
  }
  if (status === 204 || status === 304) return { status, headers, body: Buffer.alloc(0), size: start };
  return ended ? { status, headers, body: rest, size: bytes.length } : undefined;
}
