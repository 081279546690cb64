import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { afterBeat, findings, isForgiven, nextLook, type Finding, type Heart } from "../../src/policy/hang.ts";

/** Its beat is due at 1000, and it may be 10 s late, unless said otherwise. */
const heart = (worker: number, changes: Partial<Heart> = {}): Heart => {
  return { worker, dueAt: 1_000, state: "well", patience: 10_000, ...changes };
};
const slow = (worker: number, ms: number): Finding => ({ worker, is: "slow", ms });
const hung = (worker: number, ms: number): Finding => ({ worker, is: "hung", ms });

type Row = readonly [title: string, hearts: readonly Heart[], now: number, found: readonly Finding[]];

const rows: readonly Row[] = [
  ["nobody is there", [], 99_000, []],
  ["a beat that is not due yet is no news", [heart(1)], 999, []],
  ["a beat may be a little late", [heart(1)], 1_999, []],
  ["a second late it is warned of", [heart(1)], 2_000, [slow(1, 1_000)]],
  ["a worker is warned of once", [heart(1, { state: "slow" })], 10_999, []],
  ["a worker hangs when its patience is over", [heart(1, { state: "slow" })], 11_000, [hung(1, 10_000)]],
  ["so it does where nobody looked in between", [heart(1)], 11_500, [hung(1, 10_500)]],
  ["it is found once", [heart(1, { state: "hung" })], 99_000, []],
  ["each is judged by itself", [heart(1), heart(2, { dueAt: 3_000 })], 2_500, [slow(1, 1_500)]],
  ["without a timeout it is warned of", [heart(1, { patience: 0 })], 99_000, [slow(1, 98_000)]],
  ["and never hangs", [heart(1, { patience: 0, state: "slow" })], 99_000, []],
  [
    "with a timeout below a second there is no time for a warning",
    [heart(1, { patience: 500 })],
    1_500,
    [hung(1, 500)],
  ],
  ["whoever stands at a breakpoint may be silent", [heart(1, { state: "excused" })], 99_000, []],
];

suite("a heartbeat", () => {
  for (const [title, hearts, now, found] of rows) {
    test(title, () => assert.deepEqual(findings(hearts, now), found));
  }
});

const looks: readonly (readonly [title: string, hearts: readonly Heart[], at: number | null])[] = [
  ["never, where nobody is there", [], null],
  ["for a warning", [heart(1)], 2_000],
  ["for the end of a slow one's patience", [heart(1, { state: "slow" })], 11_000],
  ["for the first of several", [heart(1, { state: "slow" }), heart(2, { dueAt: 3_000 })], 4_000],
  ["never, for one without a timeout that was warned of", [heart(1, { state: "slow", patience: 0 })], null],
  ["never, for one that is done with", [heart(1, { state: "hung" }), heart(2, { state: "excused" })], null],
];

suite("the next look is", () => {
  for (const [title, hearts, at] of looks) test(title, () => assert.equal(nextLook(hearts), at));
});

type BeatRow = readonly [
  title: string,
  was: Heart["state"],
  isOpen: boolean,
  is: Heart["state"],
  news: readonly string[],
];

const beats: readonly BeatRow[] = [
  ["one that is well is no news", "well", false, "well", []],
  ["one that was warned of answers", "slow", false, "well", ["answered"]],
  ["one that comes back while it is examined lives", "hung", false, "well", ["answered"]],
  ["an inspector that is open excuses it", "well", true, "excused", ["excused"]],
  ["so it does for one that comes back", "hung", true, "excused", ["answered", "excused"]],
  ["it is said once", "excused", true, "excused", []],
  ["with the inspector closed it is watched again", "excused", false, "well", []],
];

suite("of a beat", () => {
  for (const [title, was, isOpen, is, news] of beats) {
    test(title, () => {
      const { state, ...told } = afterBeat(was, isOpen);
      assert.equal(state, is);
      assert.deepEqual(told, { answered: news.includes("answered"), excused: news.includes("excused") });
    });
  }
});

test("a look that comes late accuses nobody", () => {
  assert.equal(isForgiven(1_000, 2_000), false);
  assert.equal(isForgiven(1_000, 2_001), true);
});
