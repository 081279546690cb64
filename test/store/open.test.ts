import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { BOUND_MS } from "../support/wait.ts";

const open = new URL("../../src/store/open.ts", import.meta.url);
const PROGRAM = `
const { openStore } = await import(${JSON.stringify(open.href)});
console.log(openStore().name, openStore() === openStore({ url: "memory:" }));
`;

/** What a program without Drover has for a store, and what it is told. */
async function run(env: Readonly<Record<string, string>>): Promise<{ readonly said: string; readonly warned: string }> {
  const options = { env: { PATH: process.env["PATH"], ...env }, timeout: BOUND_MS };
  const args = ["--input-type=module", "--eval", PROGRAM];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options);
  return { said: stdout.trim(), warned: stderr };
}

suite("a program without Drover has its store in its memory", () => {
  test("where nothing names one, without a word", async () => {
    assert.deepEqual(await run({}), { said: "memory: true", warned: "" });
  });

  test("where REDIS_URL was meant for others, with one warning that does not repeat it", async () => {
    const { said, warned } = await run({ REDIS_URL: "redis://:secret@a,redis://:secret@b" });
    assert.equal(said, "memory: true");
    assert.match(warned, /^[^\n]*DroverWarning: REDIS_URL is no address[^\n]*DROVER_STORE/);
    assert.equal(warned.match(/DroverWarning/g)?.length, 1);
    assert.doesNotMatch(warned, /secret/);
  });

  test("where it is to be embedded, which takes Drover: a warning says so", async () => {
    const { said, warned } = await run({ DROVER_STORE: "embedded", REDIS_URL: "redis://cache" });
    assert.equal(said, "memory: true");
    assert.match(warned, /DroverWarning: DROVER_STORE=embedded/);
  });
});

test("a DROVER_STORE that is none is refused with what is wrong with it, and not repeated", async () => {
  await assert.rejects(run({ DROVER_STORE: "redis://ada:se#cret@cache" }), (error: Error & { stderr?: string }) => {
    assert.match(error.stderr ?? "", /expected a store such as .*# as %23/);
    assert.doesNotMatch(error.stderr ?? "", /cret/);
    return true;
  });
});
