import assert from "node:assert/strict";
import { test } from "node:test";
import { type Remedy, Failure, failureOf } from "../../src/store/sqlite/failure.ts";
import { StoreTypeError } from "../../src/store/unavailable.ts";

type Row = readonly [title: string, error: object, remedy: Remedy, reason: RegExp];

const ROWS: readonly Row[] = [
  ["busy", { errcode: 5 }, "again", /busy/],
  ["busy while another recovers (261)", { errcode: 261 }, "again", /busy/],
  ["locked", { errcode: 6 }, "again", /busy/],
  ["full", { errcode: 13 }, "full", /full/],
  ["a failed write (778)", { errcode: 778 }, "refuse", /refuses to write/],
  ["a failed read (266)", { errcode: 266 }, "reopen", /I\/O/],
  ["a damaged file", { errcode: 11 }, "reopen", /damaged/],
  ["no database", { errcode: 26 }, "reopen", /damaged/],
  ["a file that was moved away (1032)", { errcode: 1032 }, "reopen", /read-only/],
  ["a code nobody knows", { errcode: 99, message: "odd" }, "refuse", /odd \(99\)/],
  ["a read-only folder", { syscall: "mkdir", code: "EROFS" }, "reopen", /read-only/],
  ["a file in the folder's place", { syscall: "mkdir", code: "ENOTDIR" }, "reopen", /where its folder should be/],
  ["another error of the file system", { syscall: "open", code: "EMFILE" }, "reopen", /EMFILE/],
];

for (const [title, error, remedy, reason] of ROWS)
  test(`${title}: ${remedy}`, () => {
    const failure = failureOf(Object.assign(new Error("x"), error));
    assert.ok(failure);
    assert.equal(failure.remedy, remedy);
    assert.match(failure.message, reason);
  });

test("a mistake of the app's or of ours is no failure of the database's", () => {
  assert.equal(failureOf(new StoreTypeError("k")), null);
  assert.equal(failureOf(new TypeError("x")), null);
  assert.equal(failureOf("x"), null);
});

test("what is known as a failure stays what it is", () => {
  const failure = new Failure("again", "x");
  assert.equal(failureOf(failure), failure);
});
