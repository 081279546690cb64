import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { writeFiles } from "../../../src/cli/deploy/write-files.ts";

function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "drover-files-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("files are written below a folder that is made, scripts executable", (t) => {
  const folder = join(emptyFolder(t), "deploy");
  const written = writeFiles(
    folder,
    [
      { name: "web.conf", text: "a" },
      { name: "bin/swap", text: "b", executable: true },
    ],
    false,
  );
  assert.deepEqual(written, [
    { name: "web.conf", outcome: "written" },
    { name: "bin/swap", outcome: "written" },
  ]);
  assert.equal(readFileSync(join(folder, "web.conf"), "utf8"), "a");
  assert.equal(statSync(join(folder, "bin/swap")).mode & 0o100, 0o100);
});

test("a file that is there and the same is left alone", (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, "web.conf"), "a");
  assert.deepEqual(writeFiles(folder, [{ name: "web.conf", text: "a" }], false), [
    { name: "web.conf", outcome: "unchanged" },
  ]);
});

test("a file that is different is not written over, and nothing else is written either", (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, "web.conf"), "changed by hand");
  const files = [
    { name: "new.conf", text: "b" },
    { name: "web.conf", text: "a" },
  ];
  assert.throws(() => writeFiles(folder, files, false), { code: "FILE_EXISTS", message: /web\.conf/ });
  assert.equal(existsSync(join(folder, "new.conf")), false);
  writeFiles(folder, files, true);
  assert.equal(readFileSync(join(folder, "web.conf"), "utf8"), "a");
});

test("a folder that cannot be made is a clear error", (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, "deploy"), "");
  assert.throws(() => writeFiles(join(folder, "deploy"), [{ name: "a", text: "" }], false), {
    code: "FILE_UNWRITABLE",
    message: /ENOTDIR|EEXIST/,
  });
});

test("so is one in a folder that cannot have any", { skip: !existsSync("/proc/self") && "there is no /proc" }, () => {
  assert.throws(() => writeFiles("/proc/drover/deploy", [{ name: "a", text: "" }], false), {
    code: "FILE_UNWRITABLE",
    message: /ENOENT/,
  });
});
