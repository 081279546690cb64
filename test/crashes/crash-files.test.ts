import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileCrash, readCrashes } from "../../src/crashes/crash-files.ts";
import { joined, type Filing } from "../../src/crashes/filing.ts";
import { filing } from "../support/crashes.ts";
import { temporaryFolder } from "../support/fixture.ts";

function crashFolder(t: TestContext): string {
  return join(temporaryFolder(t), "crashes", "web");
}

test("the same cause twice is one file with a count, and first and last seen", async (t) => {
  const folder = crashFolder(t);
  await fileCrash(folder, filing("exit-code | 7", 1_000));
  await fileCrash(folder, filing("exit-code | 7", 5_000));
  await fileCrash(folder, filing("exit-code | 8", 3_000));
  const found = await readCrashes(folder);
  assert.deepEqual(
    found.map(({ cause, count, firstAt, lastAt }) => [cause, count, firstAt, lastAt]),
    [
      ["exit-code | 7", 2, 1_000, 5_000],
      ["exit-code | 8", 1, 3_000, 3_000],
    ],
  );
  assert.equal(found[0]?.last.at, 5_000);
});

test("deaths that wait together are written together", async (t) => {
  const folder = crashFolder(t);
  await fileCrash(folder, joined(filing("hang", 1_000), filing("hang", 2_000)));
  const [crash] = await readCrashes(folder);
  assert.deepEqual([crash?.count, crash?.firstAt, crash?.lastAt, crash?.traces.length], [2, 1_000, 2_000, 2]);
});

test("the folder is its user's alone, and so are its files; nothing unfinished stays", async (t) => {
  const folder = crashFolder(t);
  const one = filing("exit-code | 7", 1_000);
  await fileCrash(folder, one);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, `${one.id}.json`)).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), [`${one.id}.json`]);
});

test("of more than 50 causes the one goes that has been quiet longest", async (t) => {
  const folder = crashFolder(t);
  for (let code = 0; code < 50; code += 1) await fileCrash(folder, filing(`exit-code | ${code}`, code));
  const quiet = filing("exit-code | 7", 0);
  utimesSync(join(folder, `${quiet.id}.json`), 1, 1);
  await fileCrash(folder, filing("exit-code | 50", 50));
  const left = await readCrashes(folder);
  assert.equal(left.length, 50);
  assert.ok(!left.some(({ id }) => id === quiet.id));
});

test("traces of a cause are bounded, its count is not", async (t) => {
  const folder = crashFolder(t);
  const many = Array.from({ length: 70 }, (_, at): Filing => filing("hang", at)).reduce(joined);
  await fileCrash(folder, many);
  await fileCrash(folder, many);
  const [crash] = await readCrashes(folder);
  assert.deepEqual([crash?.count, crash?.traces.length, crash?.traces.at(-1)?.at], [140, 50, 69]);
});

test("what is no report is passed over, and replaced", async (t) => {
  const folder = crashFolder(t);
  const one = filing("exit-code | 7", 1_000);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const text of ["{", "null", '{"version":2}', '{"version":1,"id":"x","traces":[]}']) {
    writeFileSync(join(folder, `${one.id}.json`), text);
    assert.deepEqual(await readCrashes(folder), []);
  }
  await fileCrash(folder, one);
  assert.equal((await readCrashes(folder)).length, 1);
});

test("a link that waits under the unfinished file's name is not followed", async (t) => {
  const folder = crashFolder(t);
  const one = filing("exit-code | 7", 1_000);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const victim = join(temporaryFolder(t), "victim");
  writeFileSync(victim, "");
  symlinkSync(victim, join(folder, `.${one.id}.${process.pid}`));
  await fileCrash(folder, one);
  assert.equal(statSync(victim).size, 0);
});

test("a folder that is open to others is refused", async (t) => {
  const folder = crashFolder(t);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  await assert.rejects(fileCrash(folder, filing("hang", 1)), /this user alone/);
  await assert.rejects(readCrashes(folder), /this user alone/);
});

test("no folder is no report", async (t) => {
  assert.deepEqual(await readCrashes(crashFolder(t)), []);
});
