import assert from "node:assert/strict";
import { test } from "node:test";
import { type Remedy, Trouble, troubleOf } from "../../src/store/sqlite/trouble.ts";
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
    const trouble = troubleOf(Object.assign(new Error("x"), error));
    assert.ok(trouble);
    assert.equal(trouble.remedy, remedy);
    assert.match(trouble.message, reason);
  });

test("a mistake of the app's or of ours is no trouble of the database's", () => {
  assert.equal(troubleOf(new StoreTypeError("k")), null);
  assert.equal(troubleOf(new TypeError("x")), null);
  assert.equal(troubleOf("x"), null);
});

test("what is known as trouble stays what it is", () => {
  const trouble = new Trouble("again", "x");
  assert.equal(troubleOf(trouble), trouble);
});
