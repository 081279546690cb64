import { setTimeout as delay } from "node:timers/promises";
import { newer, older } from "./log-chain.ts";
import { Segment } from "./segment.ts";

export interface Reading {
  /** How many of the last lines come first, out of rotated files too. */
  readonly last: number;
  /** Whether lines that are written from now on follow, through every rotation, until `signal`. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** Between two looks for more. Milliseconds. Not every file system tells of changes. */
const LOOK = 100;

/** A log's lines in their order, each of them once, many in one piece. Nothing comes of a log that is not there. */
export async function* readLog(path: string, { last, follow, signal }: Reading): AsyncGenerator<Buffer> {
  const start = await placeOfLast(path, last);
  if (start === null) return;
  let { segment, offset } = start;
  let next: Segment | null = null;
  const whole = new WholeLines();
  try {
    while (!signal.aborted) {
      if ((await segment.identity()).size < offset) offset = 0;
      for await (const bytes of segment.read(offset)) {
        offset += bytes.length;
        yield* whole.take(bytes);
      }
      if (next !== null) {
        yield* whole.end();
        await segment.close();
        [segment, offset, next] = [next, 0, null];
        continue;
      }
      next = await newer(path, segment);
      // What came into the old file before it is read first.
      if (next !== null) continue;
      if (!follow) return;
      await delay(LOOK, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await segment.close();
    await next?.close();
  }
}

interface Place {
  readonly segment: Segment;
  readonly offset: number;
}

async function placeOfLast(path: string, count: number): Promise<Place | null> {
  let segment = await Segment.open(path);
  for (let missing = count; segment !== null;) {
    const { offset, lines } = await segment.last(missing);
    missing -= lines;
    const before: Segment | null = missing > 0 ? await older(path, segment) : null;
    if (before === null) return { segment, offset };
    await segment.close();
    segment = before;
  }
  return null;
}

const LF = 10;

/** Holds back the beginning of a line until its end is there. */
class WholeLines {
  #begun = Buffer.alloc(0);

  *take(bytes: Buffer): Generator<Buffer> {
    const end = bytes.lastIndexOf(LF) + 1;
    const lines = Buffer.concat([this.#begun, bytes.subarray(0, end)]);
    if (end > 0) yield lines;
    this.#begun = Buffer.concat([end > 0 ? EMPTY : this.#begun, bytes.subarray(end)]);
  }

  /** A line whose end will never come: a crash has cut it off. */
  *end(): Generator<Buffer> {
    if (this.#begun.length > 0) yield Buffer.concat([this.#begun, Buffer.from("\n")]);
    this.#begun = EMPTY;
  }
}

const EMPTY = Buffer.alloc(0);
