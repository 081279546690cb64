import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { showSlots } from "../../../src/deploy/sync/show-slots.ts";

suite("slots, for a person", () => {
  const rows: readonly (readonly [slots: readonly number[], text: string])[] = [
    [[1], "slot 1"],
    [[1, 2, 3], "slots 1–3"],
    [[1, 3, 4, 7], "slots 1, 3–4, 7"],
  ];
  for (const [slots, text] of rows) {
    test(`${slots.join(" ")} are ${text}`, () => assert.equal(showSlots(slots), text));
  }
});
