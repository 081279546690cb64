import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ended } from "../../src/prove/account.ts";
import { fatesOf, judge } from "../../src/prove/verdict.ts";
import { answered, courseOf, KILL, RELOAD, without } from "./course.ts";

const rows: readonly (readonly [title: string, one: Ended, fate: string])[] = [
  ["an answer", answered(4000), "answered"],
  ["a redirect that the app did not give before", answered(4000, 302), "answered"],
  ["a 500 that the app did not give before", answered(4000, 500), "lost failed reload"],
  ["a 503 of nobody's deed", answered(8000, 503), "lost failed"],
  ["a reset within a reload", without("reset", 4000, 4001), "lost reset reload"],
  ["sent before a reload and reset in it", without("reset", 2900, 3100), "lost reset reload"],
  ["sent in a reload and given up much later", without("hung", 4900, 14_900), "lost hung reload"],
  ["a reset while nothing is done", without("reset", 2500, 2600), "lost reset"],
  ["under way at a kill, and reset", without("reset", 5990, 6001), "cut"],
  ["under way at a kill, and ended within its answer", without("truncated", 5000, 6003), "cut"],
  ["sent before the end of the killed one could be seen, and reset", without("reset", 6009, 6012), "cut"],
  ["sent when the killed one was gone, and reset", without("reset", 6011, 6012), "lost reset kill"],
  ["reset before the kill", without("reset", 5990, 5999), "lost reset"],
  ["refused after a kill, though siblings listen", without("refused", 6001, 6002), "lost refused kill"],
  ["hung since a kill", without("hung", 5999, 15_999), "lost hung kill"],
  ["a 500 after a kill", answered(6005, 500), "lost failed kill"],
];

for (const [title, one, expected] of rows) {
  test(`${title}: ${expected}`, () => {
    const fate = fatesOf(courseOf([one], [RELOAD, KILL])).at(-1);
    const words = fate?.type === "lost" ? ["lost", fate.cause, fate.deed?.type] : [fate?.type];
    assert.equal(words.filter(Boolean).join(" "), expected);
  });
}

test("a 5xx that the app gives by itself is its answer", () => {
  const course = courseOf([answered(1500, 503), answered(4000, 503)], [RELOAD]);
  assert.deepEqual(judge(course).answered, { "200": 1, "503": 2 });
  assert.equal(judge(course).passed, true);
});

test("every request is counted once", () => {
  const ended = rows.map(([, one]) => one);
  const { sent, answered, lost, cutByKills, abandoned } = judge(courseOf(ended, [RELOAD, KILL], { abandoned: 4 }));
  const all = [...Object.values(answered), ...Object.values(lost), cutByKills, abandoned];
  assert.equal(
    all.reduce((sum, count) => sum + count),
    sent,
  );
  assert.equal(sent, rows.length + 1 + 4);
});

test("tells what each deed cost, and an unusual answer", () => {
  const ended = [answered(4000, 429), without("reset", 4000, 4001), without("reset", 5999, 6001), answered(8000, 500)];
  const verdict = judge(courseOf(ended, [RELOAD, KILL]));
  assert.deepEqual(verdict.deeds, [
    { type: "reload", ms: 2000, error: null, lost: 1 },
    { type: "kill", slot: 2, pid: 42, recoveredMs: 200, cut: 1, lost: 0 },
  ]);
  assert.deepEqual([verdict.lostInCalm, verdict.unusual, verdict.passed], [1, ["429"], false]);
});

for (const [statuses, expected] of [
  [[404, 404], true],
  [[404, 200], false],
  [[], false],
] as const) {
  test(`answers of ${statuses.join(" and ") || "nobody"} are ${expected ? "" : "not "}only 404`, () => {
    const ended = statuses.map((status) => answered(1500, status));
    assert.equal(judge({ ...courseOf([]), ended }).onlyNotFound, expected);
  });
}

test("it is proved when nothing was lost and all has been done", () => {
  assert.equal(passed([without("reset", 5999, 6001)], [RELOAD, KILL]), true);
  assert.equal(passed([], [{ ...RELOAD, error: "it cannot boot" }]), false);
  assert.equal(passed([], [{ ...KILL, until: null }]), false);
  assert.equal(passed([], [RELOAD, KILL], { cutShort: "interrupted" }), false);
  assert.equal(passed([without("reset", 2500, 2501)], [RELOAD, KILL]), false);
});

function passed(...course: Parameters<typeof courseOf>): boolean {
  return judge(courseOf(...course)).passed;
}
