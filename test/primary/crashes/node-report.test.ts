import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  excerpt,
  removeStaleReports,
  takeNodeReport,
  tellsOfFullHeap,
} from "../../../src/primary/crashes/node-report.ts";
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

const FORKED = 1_000_000;

function reportOf(trigger: string, at: number, own: object = {}): string {
  return JSON.stringify({
    header: { event: '"trigger": "OOMError"', trigger, dumpEventTimeStamp: String(at) },
    ...own,
  });
}

test("is taken once, and is gone then", (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "7.json");
  writeFileSync(path, reportOf("OOMError", FORKED));
  assert.equal(tellsOfFullHeap(takeNodeReport(folder, 7, FORKED), null), true);
  assert.equal(existsSync(path), false);
  assert.equal(takeNodeReport(folder, 7, FORKED), null);
  assert.equal(takeNodeReport(null, 7, FORKED), null);
});

test("of one too large to be read its trigger is kept", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "7.json"), reportOf("OOMError", FORKED, { libuv: "x".repeat(5_000_000) }));
  assert.equal(tellsOfFullHeap(takeNodeReport(folder, 7, FORKED), null), true);
});

const left: readonly (readonly [title: string, text: string])[] = [
  ["of the app's own", reportOf("API", FORKED + 1)],
  ["of an error, which the app has asked for", reportOf("Exception", FORKED + 1)],
  ["of another process that had the same pid", reportOf("OOMError", FORKED - 1)],
  ["that is none", "{}"],
];
for (const [title, text] of left) {
  test(`a report ${title} says nothing of a death, and stays where it is`, (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "7.json");
    writeFileSync(path, text);
    assert.equal(takeNodeReport(folder, 7, FORKED), null);
    assert.equal(existsSync(path), true);
  });
}

test("those that nobody has taken are removed, and nothing else", (t) => {
  const folder = temporaryFolder(t);
  const files: Readonly<Record<string, string>> = {
    "1.json": reportOf("OOMError", FORKED - 1),
    "2.json": reportOf("OOMError", FORKED + 1),
    "3.json": reportOf("API", FORKED - 1),
    "4.json": "",
    "report.1.json": reportOf("FatalError", FORKED - 1),
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  mkdirSync(join(folder, "5.json"));
  removeStaleReports(folder, FORKED);
  assert.deepEqual(readdirSync(folder).toSorted(), ["2.json", "3.json", "4.json", "5.json", "report.1.json"]);
});

test("what is shown of a stack is text, whoever wrote it", () => {
  assert.deepEqual(excerpt({ javascriptStack: { stack: [1, null] } })["javascriptStack"], {
    message: undefined,
    stack: ["1", "null"],
  });
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
