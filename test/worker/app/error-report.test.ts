import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { reportBootError, reportOf } from "../../../src/worker/app/error-report.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "drover-report-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("keeps name, message and code", () => {
  const error = Object.assign(new TypeError("broken"), { code: "E_BROKEN" });
  const { name, message, code } = reportOf(error);
  assert.deepEqual({ name, message, code }, { name: "TypeError", message: "broken", code: "E_BROKEN" });
});

test("tells the cause", () => {
  assert.match(reportOf(new Error("outer", { cause: new Error("inner") })).stack, /\[cause\]: Error: inner/);
});

test("reports what is thrown without being an error", () => {
  assert.equal(reportOf({ status: 500 }).message, "{ status: 500 }");
});

test("maps a stack back to the sources", (t) => {
  const path = folder(t);
  // Line 1, column 0 of the output is line 7, column 2 of app.ts.
  const map = { version: 3, sources: ["app.ts"], names: [], mappings: "AAME" };
  writeFileSync(join(path, "app.js"), "boom();\n//# sourceMappingURL=app.js.map\n");
  writeFileSync(join(path, "app.js.map"), JSON.stringify(map));
  const error = new Error("boom");
  error.stack = `Error: boom\n    at boom (${join(path, "app.js")}:1:1)`;
  assert.ok(reportOf(error).stack.includes(`${join(path, "app.ts")}:7:3`));
});

test("leaves a stack alone whose map is missing or broken", (t) => {
  const path = folder(t);
  writeFileSync(join(path, "app.js"), "boom();\n//# sourceMappingURL=gone.js.map\n");
  const error = new Error("boom");
  error.stack = `Error: boom\n    at boom (${join(path, "app.js")}:1:1)`;
  assert.equal(reportOf(error).stack, error.stack);
});

test("finds a syntax error of a module that the entry imports", async (t) => {
  const path = folder(t);
  const entry = join(path, "entry.mjs");
  writeFileSync(entry, 'import "./deep.mjs";\n');
  writeFileSync(join(path, "deep.mjs"), "const a = 1;\nlet a = 2;\n");
  const error: unknown = await import(entry).catch((caught: unknown) => caught);
  assert.match(reportBootError(error, entry).stack, /deep\.mjs:2\nlet a = 2;\n {4}\^/);
});
