import assert from "node:assert/strict";
import { appendFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { LogFile } from "../../src/telemetry/log-file.ts";
import { readLog } from "../../src/telemetry/read-log.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { until } from "../support/wait.ts";

function fail(): void {
  assert.fail("the log file is in trouble");
}

const silent = { failed: fail, recovered: fail, notRotated: fail };

async function lastLines(path: string, last: number): Promise<string> {
  const pieces: Buffer[] = [];
  const { signal } = new AbortController();
  for await (const piece of readLog(path, { last, follow: false, signal })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

suite("the last lines", () => {
  const long = `${"x".repeat(100_000)}\n`;
  type Row = readonly [title: string, content: string, last: number, expected: string];
  const rows: readonly Row[] = [
    ["are as many as asked for", "1\n2\n3\n4\n", 2, "3\n4\n"],
    ["are all there are, when there are fewer", "1\n2\n", 5, "1\n2\n"],
    ["are none when none are asked for", "1\n2\n", 0, ""],
    ["leave out one that is not whole", "1\n2\n3", 1, "2\n"],
    ["may be empty", "1\n\n\n", 2, "\n\n"],
    ["may be longer than what is read at once", `1\n${long}${long}`, 2, long + long],
    ["of an empty file are none", "", 5, ""],
  ];
  for (const [title, content, last, expected] of rows) {
    test(title, async (t) => {
      const path = join(temporaryFolder(t), "web.log");
      writeFileSync(path, content);
      assert.ok((await lastLines(path, last)) === expected);
    });
  }

  test("reach back into rotated files, gzipped or not, as far as is needed", async (t) => {
    const path = join(temporaryFolder(t), "web.log");
    writeFileSync(path, "7\n8\n");
    writeFileSync(`${path}.1`, "5\n6\n");
    writeFileSync(`${path}.2.gz`, gzipSync("3\n4\n"));
    writeFileSync(`${path}.3.gz`, "not looked at");
    for (const last of [1, 2, 3, 4, 5, 6]) {
      const expected = Array.from({ length: last }, (_, index) => `${9 - last + index}\n`).join("");
      assert.equal(await lastLines(path, last), expected);
    }
  });

  test("of a log that is not there are none", async (t) => {
    assert.equal(await lastLines(join(temporaryFolder(t), "web.log"), 5), "");
  });
});

interface Follower {
  /** Resolves when it has shown so many lines. */
  readonly lines: (count: number) => Promise<readonly string[]>;
  /** It reads nothing until it is let go. */
  readonly hold: () => () => void;
}

function follow(t: TestContext, path: string, last: number): Follower {
  const stop = new AbortController();
  let text = "";
  let held = Promise.resolve();
  const done = (async () => {
    for await (const piece of readLog(path, { last, follow: true, signal: stop.signal })) {
      text += piece.toString();
      await held;
    }
  })().catch((error: NodeJS.ErrnoException) => {
    // The test's folder goes first, and a look into it may be under way.
    if (error.code !== "ENOENT") throw error;
  });
  t.after(async () => {
    stop.abort();
    await done;
  });
  return {
    lines: async (count) => {
      await until(() => text.split("\n").length > count, `${count} lines`);
      return text.split("\n").slice(0, -1);
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
  };
}

suite("a follower", () => {
  test("shows what is written from then on, once it is a whole line", async (t) => {
    const path = join(temporaryFolder(t), "web.log");
    writeFileSync(path, "old\n");
    const { lines } = follow(t, path, 1);
    await lines(1);
    appendFileSync(path, "be");
    appendFileSync(path, "gun\nnext\n");
    assert.deepEqual(await lines(3), ["old", "begun", "next"]);
  });

  for (const compress of [true, false]) {
    test(`misses and doubles nothing in many rotations${compress ? " and their gzips" : ""}, although it is slow`, async (t) => {
      const path = join(temporaryFolder(t), "web.log");
      const limits = { maxSize: 300, maxAge: null, maxFiles: 10_000, compress };
      const file = await LogFile.open(path, limits, silent);
      file.write("first\n");
      await file.reopen();
      const { lines, hold } = follow(t, path, 1);
      await lines(1);
      const expected = ["first"];
      for (let round = 0; round < 6; round += 1) {
        const release = hold();
        for (let line = 0; line < 60; line += 1) {
          const text = `round ${round} line ${line} ${"x".repeat(line)}`;
          expected.push(text);
          file.write(`${text}\n`);
          if (line % 5 === 0) await file.reopen();
        }
        release();
        await lines(expected.length - 30);
      }
      assert.deepEqual(await lines(expected.length), expected);
      await file.close();
    });
  }

  test("goes on in a file that was moved until its writer has opened a new one", async (t) => {
    const path = join(temporaryFolder(t), "web.log");
    const file = await LogFile.open(path, { maxSize: 0, maxAge: null, maxFiles: 0, compress: false }, silent);
    file.write("1\n");
    await file.reopen();
    const { lines } = follow(t, path, 1);
    await lines(1);
    renameSync(path, `${path}-20260101`);
    writeFileSync(path, "");
    file.write("2\n");
    await lines(2);
    file.write("3\n");
    await file.reopen();
    file.write("4\n");
    assert.deepEqual(await lines(4), ["1", "2", "3", "4"]);
    await file.close();
  });

  test("begins anew in a file that was emptied", async (t) => {
    const path = join(temporaryFolder(t), "web.log");
    writeFileSync(path, "a long first line\n");
    const { lines } = follow(t, path, 1);
    await lines(1);
    truncateSync(path);
    appendFileSync(path, "2\n");
    assert.deepEqual(await lines(2), ["a long first line", "2"]);
  });

  test("ends a line that a crash has cut off when the next file begins", async (t) => {
    const path = join(temporaryFolder(t), "web.log");
    writeFileSync(path, "1\ncut o");
    const { lines } = follow(t, path, 1);
    await lines(1);
    renameSync(path, `${path}.1`);
    writeFileSync(path, "2\n");
    assert.deepEqual(await lines(3), ["1", "cut o", "2"]);
  });
});
