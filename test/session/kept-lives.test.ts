import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { KeptLives } from "../../src/session/kept-lives.ts";

type Row = readonly [title: string, after: number, ttl: number, covered: boolean];

const rows: readonly Row[] = [
  ["the moment it was touched", 0, 1000, true],
  ["a tenth of the life later", 100, 1000, true],
  ["more than a tenth later: the store might end it too early", 101, 1000, false],
  ["a longer life is asked for", 0, 1101, false],
  ["a slightly shorter life", 0, 990, true],
  ["a much shorter life: the store would keep it too long", 0, 900, false],
];

suite("the store keeps a session that was touched for 1000 ms", () => {
  for (const [title, after, ttl, covered] of rows) {
    test(`${title}: ${covered ? "nothing to do" : "touch it"}`, () => {
      const lives = new KeptLives();
      lives.remember("ada", 5000, 1000);
      assert.equal(lives.covers("ada", 5000 + after, ttl), covered);
    });
  }
});

test("knows nothing of a session it never saw, or forgot", () => {
  const lives = new KeptLives();
  assert.equal(lives.covers("ada", 0, 1000), false);
  lives.remember("ada", 0, 1000);
  lives.forget("ada");
  assert.equal(lives.covers("ada", 0, 1000), false);
});
