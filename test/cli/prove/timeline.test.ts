import assert from "node:assert/strict";
import { test } from "node:test";
import { drawTimeline } from "../../../src/cli/prove/timeline.ts";
import { answered, courseOf, KILL, RELOAD, without } from "../../prove/course.ts";

test("a row has a cell for each slice of time, with what was done, answered and lost", () => {
  const ended = [
    answered(1010),
    answered(4000),
    answered(9999),
    without("reset", 5999, 6001),
    without("hung", 4500, 14_500),
  ];
  assert.deepEqual(drawTimeline(courseOf(ended, [RELOAD, KILL]), 20), {
    deeds: "      R1─── K1      ",
    answered: "  █     ▄          ▄",
    lost: "·········✗·c········",
  });
});

test("of several deeds in a cell the last one is named", () => {
  const short = { ...RELOAD, until: 3001 };
  const deeds = [short, { ...short, at: 3100, until: 3101 }];
  assert.equal(drawTimeline(courseOf([], deeds), 10).deeds, "   R2     ");
});

test("a slot that was not ready again is marked to the end", () => {
  assert.equal(drawTimeline(courseOf([], [{ ...KILL, until: null }]), 10).deeds, "      K1──");
});
