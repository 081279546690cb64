import assert from "node:assert/strict";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { AppError } from "../../src/errors.ts";
import { LogFile, type LogFileEvents } from "../../src/telemetry/log-file.ts";
import type { Limits } from "../../src/telemetry/rotate.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { linesAcross, rotatedNames } from "../support/log-files.ts";
import { until } from "../support/wait.ts";

const unlimited: Limits = { maxSize: 0, maxAge: null, maxFiles: 10_000, compress: false };

interface Told extends LogFileEvents {
  readonly said: string[];
}

function listener(): Told {
  const said: string[] = [];
  return {
    said,
    failed: ({ message }) => void said.push(`failed ${message}`),
    recovered: (lost) => void said.push(`recovered, ${lost} lost`),
    notRotated: ({ message }) => void said.push(`not rotated: ${message}`),
  };
}

async function opened(t: TestContext, limits: Partial<Limits> = {}) {
  const path = join(temporaryFolder(t), "web.log");
  const told = listener();
  return { path, said: told.said, file: await LogFile.open(path, { ...unlimited, ...limits }, told) };
}

/** Lets everything written so far reach the file. */
async function settled(file: LogFile): Promise<void> {
  await file.reopen();
}

test("lines come into the file whole and in order, many in one piece", async (t) => {
  const { path, file } = await opened(t);
  for (let line = 0; line < 1000; line += 1) file.write(`${line}\n`);
  await file.close();
  assert.deepEqual(
    linesAcross(path),
    Array.from({ length: 1000 }, (_, line) => `${line}`),
  );
});

test("a file that is there already is appended to, and its folder is made where there is none", async (t) => {
  const path = join(temporaryFolder(t), "deep", "down", "web.log");
  for (const line of ["one\n", "two\n"]) {
    const file = await LogFile.open(path, unlimited, listener());
    file.write(line);
    await file.close();
  }
  assert.equal(readFileSync(path, "utf8"), "one\ntwo\n");
  assert.equal(statSync(path).mode & 0o777, 0o640 & ~process.umask());
});

suite("rotation", () => {
  for (const [title, compress] of [
    ["loses, doubles and tears nothing in hundreds of rotations while files are compressed", true],
    ["does so without compressing, too", false],
  ] as const) {
    test(title, async (t) => {
      const { path, file, said } = await opened(t, { maxSize: 500, compress });
      const lines = Array.from({ length: 2000 }, (_, line) => `line ${line} ${"ü".repeat(line % 30)}`);
      for (const [index, line] of lines.entries()) {
        file.write(`${line}\n`);
        if (index % 100 === 0) await settled(file);
      }
      await file.close();
      assert.deepEqual(linesAcross(path), lines);
      assert.ok(rotatedNames(path).length > 100);
      assert.deepEqual(said, []);
    });
  }

  test("keeps every file within its size, but for a line that is longer by itself", async (t) => {
    const { path, file } = await opened(t, { maxSize: 100 });
    for (let line = 0; line < 50; line += 1) file.write(`${"x".repeat(30)}\n`);
    file.write(`${"y".repeat(300)}\n`);
    file.write(`${"z".repeat(30)}\n`);
    await file.close();
    const sizes = rotatedNames(path).map((name) => statSync(join(dirname(path), name)).size);
    assert.deepEqual([...new Set(sizes)], [93, 62, 301]);
  });

  test("keeps as many files as it is told", async (t) => {
    const { path, file } = await opened(t, { maxSize: 10, maxFiles: 3 });
    for (let line = 100; line < 120; line += 1) file.write(`${line} xxxxx\n`);
    await file.close();
    assert.deepEqual(
      linesAcross(path).map((line) => Number.parseInt(line, 10)),
      [116, 117, 118, 119],
    );
  });

  test("compresses what it has moved, with the time of its last line, and leaves nothing else behind", async (t) => {
    const { path, file } = await opened(t, { maxSize: 10, compress: true });
    file.write("0123456\n");
    await settled(file);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    file.write("89\n");
    await until(() => readdirSync(dirname(path)).join() === "web.log,web.log.1.gz", "the gzipped file alone");
    assert.equal(statSync(`${path}.1.gz`).mtimeMs, 1_700_000_000_000);
    await file.close();
    assert.deepEqual(linesAcross(path), ["0123456", "89"]);
  });

  test("sees to a file that a crash has left uncompressed, and to the half of its gzip", async (t) => {
    const { path, file } = await opened(t, { maxSize: 10, compress: true });
    writeFileSync(`${path}.1`, "older\n");
    writeFileSync(`${path}.gz.tmp`, "half");
    for (const line of ["0123456\n", "89\n"]) file.write(line);
    await until(() => readdirSync(dirname(path)).join() === "web.log,web.log.1.gz,web.log.2.gz", "both gzipped");
    await file.close();
    assert.deepEqual(linesAcross(path), ["older", "0123456", "89"]);
  });

  test("by age begins a new file, but none after an empty one", async (t) => {
    const { path, file } = await opened(t, { maxAge: 1 });
    file.write("one\n");
    await settled(file);
    await until(() => Date.now() > statSync(path).birthtimeMs + 1, "the file to be old");
    file.write("two\n");
    await file.close();
    assert.deepEqual(rotatedNames(path), ["web.log.1"]);
    assert.deepEqual(linesAcross(path), ["one", "two"]);
  });

  test("that fails is told, costs no line, and is tried again a file's size later", async (t) => {
    const { path, file, said } = await opened(t, { maxSize: 10, maxFiles: 1 });
    mkdirSync(`${path}.1`);
    for (let line = 0; line < 3; line += 1) file.write("0123456\n");
    await settled(file);
    assert.equal(said.length, 2, "at the second line and at the third");
    assert.match(said[0] ?? "", /^not rotated: /);
    renameSync(`${path}.1`, `${path}.moved`);
    for (let line = 0; line < 2; line += 1) file.write("789\n");
    await file.close();
    assert.equal(said.length, 2);
    assert.equal(linesAcross(path).length, 5);
    assert.deepEqual(rotatedNames(path), ["web.log.1"]);
  });

  test("leaves alone what somebody else has put in the file's place", async (t) => {
    const { path, file } = await opened(t, { maxSize: 10 });
    file.write("0123456\n");
    await settled(file);
    renameSync(path, `${path}.mine`);
    writeFileSync(path, "theirs\n");
    file.write("89\n");
    await file.close();
    assert.equal(readFileSync(path, "utf8"), "theirs\n89\n");
    assert.equal(existsSync(`${path}.1`), false);
  });
});

suite("reopening", () => {
  test("goes on in a new file after the old one was moved", async (t) => {
    const { path, file } = await opened(t);
    file.write("one\n");
    await settled(file);
    renameSync(path, `${path}.old`);
    file.write("two\n");
    await file.reopen();
    file.write("three\n");
    await file.close();
    assert.equal(readFileSync(`${path}.old`, "utf8"), "one\ntwo\n");
    assert.equal(readFileSync(path, "utf8"), "three\n");
  });

  test("that fails says why and writes the old file on", async (t) => {
    const { path, file } = await opened(t);
    renameSync(path, `${path}.old`);
    mkdirSync(path);
    await assert.rejects(file.reopen(), (error) => error instanceof AppError && error.code === "LOG_UNAVAILABLE");
    file.write("one\n");
    await file.close();
    assert.equal(readFileSync(`${path}.old`, "utf8"), "one\n");
  });
});

suite("a path that cannot be opened is LOG_UNAVAILABLE:", () => {
  for (const [title, make] of [
    ["a folder", (folder: string) => folder],
    [
      "a file in the place of its folder",
      (folder: string) => (writeFileSync(`${folder}/a`, ""), `${folder}/a/web.log`),
    ],
    ["a name that is too long", (folder: string) => `${folder}/${"x".repeat(300)}`],
  ] as const) {
    test(title, async (t) => {
      const path = make(temporaryFolder(t));
      await assert.rejects(LogFile.open(path, unlimited, listener()), (error) => {
        assert.ok(error instanceof AppError);
        assert.deepEqual([error.code, error.exitCode], ["LOG_UNAVAILABLE", 78]);
        assert.ok(error.message.includes(path));
        return true;
      });
    });
  }
});

suite("a full disk", () => {
  test("costs lines, which are counted, says so once, and nothing waits for it", async (t) => {
    const path = join(temporaryFolder(t), "web.log");
    symlinkSync("/dev/full", path);
    const { said, ...events } = listener();
    const file = await LogFile.open(path, { ...unlimited, maxSize: 10 }, events);
    for (let line = 0; line < 5; line += 1) {
      file.write("lost\nlost too\n");
      await settled(file);
    }
    unlinkSync(path);
    await file.reopen();
    file.write("here again\n");
    await file.close();
    assert.equal(said.length, 2);
    assert.match(said[0] ?? "", /^failed ENOSPC/);
    assert.equal(said[1], "recovered, 10 lost");
    assert.equal(readFileSync(path, "utf8"), "here again\n");
  });
});

test("more than a megabyte on its way asks its writers to wait, and tells them when to go on", async (t) => {
  const { file } = await opened(t);
  assert.equal(file.write(`${"x".repeat(1000)}\n`), true);
  assert.equal(file.write(`${"x".repeat(1 << 20)}\n`), false);
  assert.equal(file.writableNeedDrain, true);
  await once(file, "drain");
  assert.equal(file.writableNeedDrain, false);
  await file.close();
});
