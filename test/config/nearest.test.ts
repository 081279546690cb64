import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { nearest } from "../../src/config/nearest.ts";

const rows: readonly (readonly [word: string, candidates: readonly string[], meant: string | undefined])[] = [
  ["strat", ["start", "config"], "start"],
  ["Start", ["start"], "start"],
  ["workes", ["port", "workers"], "workers"],
  ["wrokers", ["port", "workers"], "workers"],
  ["pot", ["port", "host"], "port"],
  ["sevrer.js", ["server.js", "app.js"], "server.js"],
  ["banana", ["start", "config"], undefined],
  ["x", ["start"], undefined],
  ["start", [], undefined],
];

suite("the nearest word", () => {
  for (const [word, candidates, meant] of rows) {
    test(`of ${candidates.join(", ") || "nothing"} to ${word} is ${meant ?? "none"}`, () => {
      assert.equal(nearest(word, candidates), meant);
    });
  }
});
