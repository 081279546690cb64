import assert from "node:assert/strict";
import { test } from "node:test";
import { readFindings, renderReliability } from "../../tools/render-reliability.ts";

test("what the fault tests record becomes a table, in the order of the alphabet", () => {
  const lines = [
    '{"fault":"kill -9","sent":14045,"lost":13,"note":"a|b","node":"v24.21.0"}',
    '{"fault":"HUP 50 times","sent":812,"lost":0,"note":"none","node":"v24.21.0"}',
  ];
  const page = renderReliability(readFindings(`${lines.join("\n")}\n`));
  assert.match(page, /`npm run test:long`, on Node v24\.21\.0,/);
  const rows = page.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| fault"));
  assert.deepEqual(rows, ["| HUP 50 times | 812 | 0 | none |", String.raw`| kill -9 | 14,045 | 13 | a\|b |`]);
});
