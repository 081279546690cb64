import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { spread } from "../../../src/worker/leaving/spread.ts";

type Row = readonly [title: string, count: number, longest: number, random: number, expected: number];
const rows: readonly Row[] = [
  ["a single client is told within 2 ms", 1, 10_000, 0.5, 1],
  ["a hundred are told over 200 ms", 100, 10_000, 0.5, 100],
  ["ten thousand have no more time than there is", 10_000, 10_000, 0.5, 5_000],
  ["without time all are told at once", 100, 0, 0.5, 0],
  ["the first of the span may be the one", 100, 10_000, 0, 0],
];

suite("clients are told to go at moments spread over time:", () => {
  for (const [title, count, longest, random, expected] of rows) {
    test(title, () => {
      const moments = spread(count, longest, () => random);
      assert.deepEqual(new Set(moments), new Set([expected]));
      assert.equal(moments.length, count);
    });
  }

  test("each at its own, none before now and none too late", () => {
    const random = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
    fc.assert(
      fc.property(fc.nat(500), fc.nat(20_000), random, (count, longest, numbers) => {
        const moments = spread(count, longest, () => numbers.next().value ?? 0);
        assert.equal(moments.length, count);
        for (const moment of moments) assert.ok(moment >= 0 && moment <= longest && moment <= 2 * count);
      }),
    );
  });
});
