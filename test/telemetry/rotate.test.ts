import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import {
  countLines,
  firstLine,
  isTooOld,
  planRotation,
  rotatedOf,
  wholeLines,
  type Step,
} from "../../src/telemetry/rotate.ts";

/** A folder as a map from names to contents. A step onto a name that exists is a failure. */
function perform(folder: ReadonlyMap<string, string>, steps: readonly Step[]): Map<string, string> {
  const next = new Map(folder);
  for (const { from, to } of steps) {
    const content = next.get(from);
    assert.ok(content !== undefined, `${from} is there to be moved`);
    next.delete(from);
    if (to === null) continue;
    assert.ok(!next.has(to), `${to} would be overwritten`);
    next.set(to, content);
  }
  return next;
}

type Row = readonly [
  title: string,
  before: readonly string[],
  maxFiles: number,
  after: Readonly<Record<string, string>>,
];

const rows: readonly Row[] = [
  ["the first rotation makes number 1", ["web.log"], 3, { "web.log.1": "web.log" }],
  [
    "older files move up, gzipped or not",
    ["web.log", "web.log.1", "web.log.2.gz"],
    3,
    { "web.log.1": "web.log", "web.log.2": "web.log.1", "web.log.3.gz": "web.log.2.gz" },
  ],
  [
    "the oldest goes when there are enough",
    ["web.log", "web.log.1.gz", "web.log.2.gz"],
    2,
    { "web.log.1": "web.log", "web.log.2.gz": "web.log.1.gz" },
  ],
  [
    "files that are too many since the limit was lowered go too",
    ["web.log", "web.log.1.gz", "web.log.2.gz", "web.log.7.gz"],
    1,
    { "web.log.1": "web.log" },
  ],
  [
    "a gap is closed and nothing above it moves",
    ["web.log", "web.log.1.gz", "web.log.3.gz"],
    5,
    { "web.log.1": "web.log", "web.log.2.gz": "web.log.1.gz", "web.log.3.gz": "web.log.3.gz" },
  ],
  [
    "where a crash left a file beside its own gzip, the plain one goes",
    ["web.log", "web.log.1", "web.log.1.gz"],
    5,
    { "web.log.1": "web.log", "web.log.2.gz": "web.log.1.gz" },
  ],
  ["no files to keep: the lines are dropped", ["web.log", "web.log.1.gz"], 0, {}],
  [
    "what only looks alike is left alone",
    ["web.log", "web.log.1.gz.tmp", "web.log.x", "web.log.01", "web.log2.1", "other.log.1"],
    5,
    {
      "web.log.1": "web.log",
      "web.log.1.gz.tmp": "web.log.1.gz.tmp",
      "web.log.x": "web.log.x",
      "web.log.01": "web.log.01",
      "web.log2.1": "web.log2.1",
      "other.log.1": "other.log.1",
    },
  ],
];

suite("a rotation", () => {
  for (const [title, before, maxFiles, after] of rows) {
    test(title, () => {
      const folder = new Map(before.map((name) => [name, name]));
      assert.deepEqual(Object.fromEntries(perform(folder, planRotation("web.log", before, maxFiles))), after);
    });
  }

  test("cut short after any step, overwrites nothing and is made good by the next", () => {
    const files = fc.uniqueArray(fc.record({ number: fc.integer({ min: 1, max: 8 }), gzipped: fc.boolean() }), {
      selector: ({ number, gzipped }) => `${number}${gzipped}`,
    });
    fc.assert(
      fc.property(files, fc.nat(9), fc.nat(20), (some, maxFiles, cut) => {
        const names = ["web.log", ...some.map(({ number, gzipped }) => `web.log.${number}${gzipped ? ".gz" : ""}`)];
        const start = new Map(names.map((name) => [name, name]));
        const first = perform(start, planRotation("web.log", names, maxFiles).slice(0, cut));
        first.set("web.log", "newer");
        const second = perform(first, planRotation("web.log", [...first.keys()], maxFiles));
        const left = rotatedOf("web.log", [...second.keys()]);
        assert.ok(left.every(({ number }) => number <= maxFiles));
        assert.equal(new Set(left.map(({ number }) => number)).size, left.length);
        if (maxFiles > 0) assert.equal(second.get("web.log.1"), "newer");
      }),
    );
  });
});

const limits = { maxSize: 0, maxAge: 1000, maxFiles: 1, compress: false };

suite("the age", () => {
  for (const [title, size, bornAt, maxAge, expected] of [
    ["is reached", 1, 4000, 1000, true],
    ["is not reached", 1, 4001, 1000, false],
    ["does not count for an empty file", 0, 0, 1000, false],
    ["does not count without a limit", 1, 0, null, false],
  ] as const) {
    test(title, () => assert.equal(isTooOld({ size, bornAt }, { ...limits, maxAge }, 5000), expected));
  }
});

suite("of a batch of lines", () => {
  const batch = Buffer.from("one\ntwo\nthree\n");
  for (const [room, expected] of [
    [-1, 0],
    [0, 0],
    [3, 0],
    [4, 4],
    [7, 4],
    [13, 8],
    [14, 14],
    [Infinity, 14],
  ] as const) {
    test(`${expected} bytes fit into ${room}`, () => assert.equal(wholeLines(batch, room), expected));
  }

  test("the first line and their number are known", () => {
    assert.deepEqual([firstLine(batch), countLines(batch), countLines(Buffer.from("\n\nx"))], [4, 3, 2]);
  });
});
