import assert from "node:assert/strict";
import { test } from "node:test";
import { livingEnd } from "../../src/session/living-end.ts";

test("a session that is there ends when its text says, or in a moment where that has passed", () => {
  assert.equal(livingEnd(1001, 1000, 50), 1001);
  assert.equal(livingEnd(1000, 1000, 50), 1050);
  assert.equal(livingEnd(0, 1000, 50), 1050);
});
