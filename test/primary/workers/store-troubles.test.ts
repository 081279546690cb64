import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { StoreTroubles } from "../../../src/primary/workers/store-troubles.ts";

const CACHE = "redis://cache:6379";
const FULL = "sqlite:/srv/store.db";

suite("a store that cannot do its work", () => {
  let now = 0;
  let told: unknown[] = [];
  let troubles: StoreTroubles;
  const one = { id: 11, slot: 1 };
  const two = { id: 12, slot: 2 };

  beforeEach(() => {
    now = 1000;
    told = [];
    troubles = new StoreTroubles(() => now, {
      degraded: (...what) => void told.push(["degraded", ...what]),
      recovered: (...what) => void told.push(["recovered", ...what]),
    });
  });

  test("is told once for all workers, and is well again with the last of them", () => {
    troubles.heard(two, CACHE, "connection refused");
    troubles.heard(one, CACHE, "no answer");
    assert.deepEqual(told, [["degraded", CACHE, "connection refused", 2]]);
    now = 3500;
    assert.deepEqual(troubles.all(), [{ store: CACHE, reason: "connection refused", slots: [1, 2], ms: 2500 }]);
    troubles.heard(two, CACHE, null);
    assert.deepEqual(troubles.all()[0]?.slots, [1]);
    assert.equal(told.length, 1);
    troubles.heard(one, CACHE, null);
    assert.deepEqual(told[1], ["recovered", CACHE, 2500, false]);
    assert.deepEqual(troubles.all(), []);
  });

  test("is forgotten with the last worker that missed it", () => {
    troubles.heard(one, CACHE, "connection refused");
    troubles.heard(one, FULL, "the disk is full");
    troubles.heard(two, FULL, "the disk is full");
    troubles.forget(one.id);
    assert.deepEqual(told.at(-1), ["recovered", CACHE, 0, true]);
    assert.deepEqual(
      troubles.all().map(({ store, slots }) => [store, slots]),
      [[FULL, [2]]],
    );
    troubles.forget(one.id);
    assert.equal(told.length, 3);
  });

  test("counts a slot once while its old and its new worker miss it", () => {
    troubles.heard({ id: 11, slot: 1 }, CACHE, "connection refused");
    troubles.heard({ id: 21, slot: 1 }, CACHE, "connection refused");
    assert.deepEqual(troubles.all()[0]?.slots, [1]);
    troubles.forget(11);
    assert.deepEqual(troubles.all()[0]?.slots, [1]);
  });

  test("may be well before it was ever missed", () => {
    troubles.heard(one, CACHE, null);
    assert.deepEqual([told, troubles.all()], [[], []]);
  });

  test("is told anew when it fails again", () => {
    for (const reason of ["connection refused", null, "no answer"]) troubles.heard(one, CACHE, reason);
    assert.deepEqual(
      told.map((line) => (line as unknown[])[0]),
      ["degraded", "recovered", "degraded"],
    );
  });
});
