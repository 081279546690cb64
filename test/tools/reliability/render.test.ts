import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { readFindings, renderReliability } from "../../../tools/reliability/render.ts";
import { SCENARIOS } from "../../../tools/reliability/scenarios.ts";

test("what the fault tests record becomes a table, in the order of the alphabet", () => {
  const lines = [
    '{"fault":"kill -9 of a worker of 3","sent":14045,"lost":13,"note":"a|b","node":"v24.21.0"}',
    '{"fault":"HUP 50 times","sent":812,"lost":0,"note":"none","node":"v24.21.0"}',
  ];
  const page = renderReliability(readFindings(`${lines.join("\n")}\n`));
  assert.match(page, /these tests on Node v24\.21\.0,/);
  assert.match(page, /^\| 1 \| kill -9 of one worker \| 14,045 \| 13 \| one line below \|$/m);
  const [, every = ""] = page.split("## Every line");
  const rows = every.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| fault"));
  assert.deepEqual(rows, [
    "| HUP 50 times | 812 | 0 | none |",
    String.raw`| kill -9 of a worker of 3 | 14,045 | 13 | a\|b |`,
  ]);
});

for (const scenario of SCENARIOS) {
  if (!("test" in scenario)) continue;
  test(`the test that shows ${scenario.what} exists`, () => {
    const file = new URL(`../../../${scenario.test}`, import.meta.url);
    assert.ok(existsSync(file), scenario.test);
    assert.ok(readFileSync(file, "utf8").includes(scenario.says), scenario.says);
  });
}
