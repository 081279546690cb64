import assert from "node:assert/strict";
import { test } from "node:test";
import { renderVerdict } from "../../../src/cli/prove/render-verdict.ts";
import { planOf } from "../../../src/prove/plan.ts";
import { judge } from "../../../src/prove/verdict.ts";
import { unpainted } from "../../../src/telemetry/pretty.ts";
import { answered, courseOf, KILL, RELOAD, without } from "../../prove/course.ts";

function shown(...given: Parameters<typeof courseOf>): string {
  const course = courseOf(...given);
  const shown = { course, verdict: judge(course), plan: planOf({}), address: "http://127.0.0.1:3000" };
  return renderVerdict(shown, 30, unpainted);
}

test("shows the time, the figures, each deed, and ends with the verdict", () => {
  const ended = [answered(4000), without("reset", 5999, 6001)];
  assert.equal(
    shown(ended, [RELOAD, KILL]),
    `GET / of http://127.0.0.1:3000: 100 a second, up to 16 connections, half of them kept, 10 s

                R1─── K1
answered    █     █
lost      ···········c········
          0 s             10 s

sent      3
answered  2  200: 2
cut       1  were under way on a worker that was killed: no server can answer those
lost      0

reload 1  took 2.0 s                                       0 lost
kill 1    slot 2, pid 42: ready again after 200 ms  1 cut  0 lost

proved: no request was lost by 1 reload and 1 kill
`,
  );
});

test("names each cause of a loss, what was never seen before, and why it ended early", () => {
  const ended = [
    answered(4000, 302),
    answered(4000, 502),
    without("hung", 2500, 12_500),
    without("refused", 7000, 7001),
  ];
  const text = shown(ended, [{ ...RELOAD, error: "it cannot boot" }], {
    abandoned: 2,
    cutShort: "reload 1: it cannot boot",
  });
  for (const line of [
    "answered  2  200: 1, 302: 1 (not seen before)",
    "lost      3",
    "  refused  1  nobody listened",
    "  hung     1  no whole answer within 10 s",
    "  failed   1  answered 5xx, which the app had not before",
    "left      2  were under way at the end, and not waited for",
    "reload 1 failed 2 lost",
    "at no fault 1 lost",
    "not proved: 3 requests lost by 1 reload; ended early: reload 1: it cannot boot",
  ]) {
    assert.ok(text.replaceAll(/ +/g, " ").includes(line.replaceAll(/ +/g, " ")), `${line}\n${text}`);
  }
});
