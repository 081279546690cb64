import assert from "node:assert/strict";
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { listenAtStderr } from "../../../src/primary/succession/last-words.ts";
import { temporaryFolder } from "../../support/fixture.ts";

/** A file as a process's stderr: to be written at its end alone. */
function stderr(t: TestContext): { readonly fd: number; readonly path: string } {
  const path = join(temporaryFolder(t), "stderr");
  const fd = openSync(path, "a");
  t.after(() => closeSync(fd));
  return { fd, path };
}

suite("the last words of a successor are", { skip: process.platform !== "linux" }, () => {
  test("what was written from its start on", (t) => {
    const { fd } = stderr(t);
    writeSync(fd, "somebody before\n");
    const heard = listenAtStderr(fd);
    assert.equal(heard(), "");
    writeSync(fd, "Error: no such thing\n");
    assert.equal(heard(), "Error: no such thing");
  });

  test("the last 2,000 bytes of that, by whole lines", (t) => {
    const { fd } = stderr(t);
    const heard = listenAtStderr(fd);
    writeSync(fd, `${"ä".repeat(9_000)}\nthe end\n`);
    assert.equal(heard(), "the end");
  });

  test("found in a file that is larger than any memory", (t) => {
    const { fd } = stderr(t);
    ftruncateSync(fd, 2 ** 33);
    const heard = listenAtStderr(fd);
    writeSync(fd, "the end\n");
    assert.equal(heard(), "the end");
  });

  test("found in a file that was rotated away", (t) => {
    const { fd, path } = stderr(t);
    const heard = listenAtStderr(fd);
    rmSync(path);
    writeSync(fd, "the end\n");
    assert.equal(heard(), "the end");
  });
});
