import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { DURATION_BOUNDS } from "../../../src/protocol/durations.ts";
import { Durations } from "../../../src/worker/traffic/durations.ts";

suite("a duration counts to the first bound it does not exceed", () => {
  const rows: readonly [ms: number, index: number][] = [
    [0, 0],
    [0.5, 0],
    [0.501, 1],
    [5, 3],
    [10_000, DURATION_BOUNDS.length - 1],
    [10_001, DURATION_BOUNDS.length],
    [1e9, DURATION_BOUNDS.length],
  ];
  for (const [ms, index] of rows) {
    test(`${ms} ms`, () => {
      const durations = new Durations();
      durations.add(ms);
      assert.deepEqual(
        durations.counts.map((count, at) => (count === 1 ? at : null)).filter((at) => at !== null),
        [index],
      );
      assert.equal(durations.counts.length, DURATION_BOUNDS.length + 1);
    });
  }
});
