import assert from "node:assert/strict";
import { test } from "node:test";
import { Recent } from "../../src/session/recent.ts";

test("forgets what was noted longest ago when there is too much", () => {
  const recent = new Recent<number>(2);
  for (const [value, id] of ["ada", "bob", "ada", "cyd"].entries()) recent.note(id, value);
  assert.deepEqual(
    ["ada", "bob", "cyd"].map((id) => recent.get(id)),
    [2, undefined, 3],
  );
});

test("knows nothing of what it was told to forget", () => {
  const recent = new Recent<number>();
  for (const id of ["ada", "bob"]) recent.note(id, 1);
  recent.forget("ada");
  assert.deepEqual([recent.get("ada"), recent.get("bob")], [undefined, 1]);
  recent.forgetAll();
  assert.equal(recent.get("bob"), undefined);
});
