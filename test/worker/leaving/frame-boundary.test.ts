import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { FrameBoundary } from "../../../src/worker/leaving/frame-boundary.ts";

const HEAD = Buffer.from("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");

/** A frame as RFC 6455 §5.2 has it. */
function frame(length: number, { opcode = 0x82, mask = false } = {}): Buffer {
  const short = length < 126 ? length : length < 65_536 ? 126 : 127;
  const head = Buffer.from([opcode, short | (mask ? 0x80 : 0)]);
  const extended = Buffer.alloc(short === 126 ? 2 : short === 127 ? 8 : 0);
  if (short === 126) extended.writeUInt16BE(length);
  if (short === 127) extended.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([head, extended, Buffer.alloc(mask ? 4 : 0, 7), Buffer.alloc(length, 0x88)]);
}

function after(...chunks: Uint8Array[]): FrameBoundary {
  const boundary = new FrameBoundary();
  for (const chunk of chunks) boundary.feed(chunk);
  return boundary;
}

type Row = readonly [title: string, chunks: readonly Uint8Array[], reached: boolean];
const rows: readonly Row[] = [
  ["not before the response's head is out", [HEAD.subarray(0, -1)], false],
  ["right after the head", [HEAD], true],
  ["after an empty frame", [HEAD, frame(0)], true],
  ["after a short frame", [HEAD, frame(5)], true],
  ["after a masked one", [HEAD, frame(5, { mask: true })], true],
  ["after one of 16 bits", [HEAD, frame(126)], true],
  ["after one of 64 bits", [HEAD, frame(70_000)], true],
  ["not within the header", [HEAD, frame(5).subarray(0, 1)], false],
  ["not within a long header", [HEAD, frame(70_000).subarray(0, 9)], false],
  ["not within the payload", [HEAD, frame(5).subarray(0, -1)], false],
  ["after head and frame in one write", [Buffer.concat([HEAD, frame(5)])], true],
  ["after a head with a false end in it", [Buffer.from("HTTP/1.1 101\r\n\rX\r\n\r\r\n\r\n")], true],
  ["not after an answer that refuses", [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")], false],
  ["not after what follows such an answer", [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), frame(5)], false],
];

suite("a frame may begin", () => {
  for (const [title, chunks, reached] of rows) {
    test(title, () => assert.equal(after(...chunks).reached, reached));
  }

  test("at the end of each frame and nowhere else, however the bytes are cut into writes", () => {
    const sizes = fc.array(fc.constantFrom(0, 1, 125, 126, 300, 65_536), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sizes, fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }), (lengths, steps) => {
        const frames = lengths.map((length) => frame(length));
        const bytes = Buffer.concat([HEAD, ...frames]);
        const ends = new Set(frames.map((_, index) => HEAD.length + Buffer.concat(frames.slice(0, index + 1)).length));
        ends.add(HEAD.length);
        const boundary = new FrameBoundary();
        for (let at = 0, count = 0; at < bytes.length; count += 1) {
          const end = Math.min(bytes.length, at + (steps[count % steps.length] ?? 1));
          boundary.feed(bytes.subarray(at, end));
          at = end;
          assert.equal(boundary.reached, ends.has(at), `after ${at} bytes`);
        }
      }),
    );
  });
});

test("knows the app's own close frame", () => {
  assert.equal(after(HEAD, frame(2)).closed, false);
  assert.equal(after(HEAD, frame(2, { opcode: 0x88 })).closed, true);
});

test("reads up to the next place and no further", () => {
  const boundary = after(HEAD, frame(5).subarray(0, 3));
  const rest = Buffer.concat([frame(5).subarray(3), frame(5), frame(5)]);
  assert.equal(boundary.feedToNext(rest), 4);
  assert.equal(boundary.reached, true);
  assert.equal(boundary.feedToNext(rest.subarray(4, 6)), 2);
  assert.equal(boundary.reached, false);
});
