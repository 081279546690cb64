import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { hasGrownMuch, rssOf } from "../../../src/primary/hang/memory.ts";

const MB = 2 ** 20;

suite("the memory of a worker that hangs", () => {
  const rows: readonly (readonly [before: number | null, now: number | null, grown: boolean])[] = [
    [68 * MB, 2_300 * MB, true],
    [200 * MB, 300 * MB, true],
    [68 * MB, 140 * MB, false],
    [900 * MB, 1_100 * MB, false],
    [300 * MB, 80 * MB, false],
    [null, 2_300 * MB, false],
    [68 * MB, null, false],
  ];
  for (const [before, now, grown] of rows) {
    const inMb = [before, now].map((bytes) => (bytes === null ? "an unknown amount" : `${bytes / MB} MB`)).join(" to ");
    test(`${grown ? "has" : "has not"} grown much from ${inMb}`, () => {
      assert.equal(hasGrownMuch(before, now), grown);
    });
  }

  test("is read from /proc, in bytes", { skip: process.platform !== "linux" }, () => {
    const [read, own] = [rssOf(process.pid), process.memoryUsage.rss()];
    assert.ok(read !== null && read > own / 2 && read < own * 2, `${read}, ${own}`);
  });

  test("is not known of a process that is gone", () => assert.equal(rssOf(2 ** 30), null));
});
