import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { excerpt, takeNodeReport, tellsOfFullHeap } from "../../../src/primary/crashes/node-report.ts";
import { temporaryFolder } from "../../support/fixture.ts";

test("of Node's report nothing is kept that could name secrets or clients", () => {
  const report = process.report.getReport() as unknown as Readonly<Record<string, unknown>>;
  const kept = excerpt(report);
  assert.deepEqual(Object.keys(kept).toSorted(), [
    "header",
    "javascriptHeap",
    "javascriptStack",
    "nativeStack",
    "resourceUsage",
    "userLimits",
    "uvthreadResourceUsage",
  ]);
  assert.deepEqual(
    ["commandLine", "host", "networkInterfaces", "cwd"].filter((key) => key in (kept["header"] as object)),
    [],
  );
});

test("is taken once, and what is none is taken away", (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "7.json");
  writeFileSync(path, JSON.stringify({ header: { trigger: "OOMError" } }));
  assert.equal(tellsOfFullHeap(takeNodeReport(folder, 7), null), true);
  assert.equal(existsSync(path), false);
  assert.equal(takeNodeReport(folder, 7), null);
  assert.equal(takeNodeReport(null, 7), null);
});

const rows: readonly (readonly [
  title: string,
  header: object | null,
  lines: readonly string[] | null,
  expected: boolean,
])[] = [
  ["nothing is known", null, null, false],
  ["Node says so", { trigger: "OOMError" }, null, true],
  [
    "V8 says so in its last lines",
    null,
    ["FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"],
    true,
  ],
  ["the app quotes it", null, ["I once saw: JavaScript heap out of memory"], false],
  ["another fatal error", { trigger: "FatalError", event: "v8::ToLocalChecked Empty MaybeLocal" }, [], false],
];
for (const [title, header, lines, expected] of rows) {
  test(`${title}: ${expected ? "the heap was full" : "the heap was not full"}`, () => {
    assert.equal(tellsOfFullHeap(header && { header }, lines), expected);
  });
}
