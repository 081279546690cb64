import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { CountBy, Counts } from "../../../src/primary/operation/counts.ts";

suite("what the primary counts", () => {
  test("begins at 0 for words that are known, and with the first of one that is not", () => {
    const counts = new CountBy<string>(["done", "refused"]);
    counts.add("refused");
    counts.add("odd");
    counts.add("odd");
    assert.deepEqual(counts.all(), [
      ["done", 0],
      ["refused", 1],
      ["odd", 2],
    ]);
  });

  test("is of drains how they ended, what they cut and how long they took", () => {
    const counts = new Counts();
    counts.drained(0, 0.1);
    counts.drained(3, 20.5);
    counts.drained(null, 61);
    assert.deepEqual(Object.fromEntries(counts.drains.all()), { finished: 1, cut: 1, died: 1 });
    assert.equal(counts.cut, 3);
    assert.deepEqual(counts.drainTimes, { counts: [1, 0, 0, 0, 0, 0, 0, 1, 0, 1], sum: 81.6 });
  });
});
