import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isNotANumber, isUnavailable, StoreTypeError, StoreUnavailable } from "../../src/store/unavailable.ts";
import { another } from "../support/another-copy.ts";

suite("a store that is not available", () => {
  test("is one line in a log: where in Drover it was noticed says nothing", () => {
    const limit = Error.stackTraceLimit;
    const { stack } = new StoreUnavailable("redis://cache:6379/0", "connection refused");
    assert.equal(stack, "StoreUnavailable: the store redis://cache:6379/0 is not available: connection refused");
    assert.equal(Error.stackTraceLimit, limit);
    assert.match(new Error("another").stack ?? "", /unavailable\.test/);
  });

  test("is known by its code, since an app may have two copies of Drover", () => {
    assert.notEqual(another.StoreUnavailable, StoreUnavailable);
    for (const Class of [StoreUnavailable, another.StoreUnavailable]) {
      const error = new Class("a", "b");
      assert.deepEqual([isUnavailable(error), isNotANumber(error)], [true, false]);
    }
    for (const Class of [StoreTypeError, another.StoreTypeError]) {
      const error = new Class("a");
      assert.deepEqual([isUnavailable(error), isNotANumber(error)], [false, true]);
    }
    for (const other of [new Error("STORE_UNAVAILABLE"), null, undefined, "STORE_UNAVAILABLE"])
      assert.deepEqual([isUnavailable(other), isNotANumber(other)], [false, false]);
  });
});
