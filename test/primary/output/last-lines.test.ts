import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { lastLines } from "../../../src/primary/output/last-lines.ts";

/** What is kept of these pieces, `e:` for stderr. */
async function kept(...pieces: readonly string[]): Promise<readonly string[] | undefined> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const lines = lastLines({ stdout, stderr });
  for (const piece of pieces) {
    (piece.startsWith("e:") ? stderr : stdout).write(piece.replace(/^e:/, ""));
    await new Promise(setImmediate);
  }
  stdout.end();
  stderr.end();
  await lines?.ended();
  return lines?.all();
}

test("whole lines of both streams, in the order in which they ended, and the one that did not end", async () => {
  assert.deepEqual(await kept("one\ntw", "e:oops\n", "o\nthr"), ["one", "oops", "two", "thr"]);
});

test("a character in two pieces is one", async () => {
  const [stdout, bytes] = [new PassThrough(), Buffer.from("é\n")];
  const lines = lastLines({ stdout, stderr: null });
  stdout.write(bytes.subarray(0, 1));
  await new Promise(setImmediate);
  stdout.end(bytes.subarray(1));
  await lines?.ended();
  assert.deepEqual(lines?.all(), ["é"]);
});

test("no more than the last 40, none longer than 500 characters", async () => {
  const many = await kept(...Array.from({ length: 100 }, (_, line) => `${line}${"x".repeat(1_000)}\n`));
  assert.ok((many?.length ?? 0) <= 40);
  assert.ok(many?.at(-1)?.startsWith("99x"));
  assert.ok(many?.every((line) => line.length <= 500));
});

test("nothing is known of a worker whose output goes elsewhere", () => {
  assert.equal(lastLines({ stdout: null, stderr: null }), null);
});
