import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { request } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { record } from "../support/reliability.ts";
import { overHttp, rollCall } from "../support/roll-call.ts";

const WORKERS = 2;

/** Resident memory, in MB. */
function memoryOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(line) / 1024;
}

async function say({ port }: ReadyDrover, message: unknown, times = 1): Promise<void> {
  const answer = await request({ port }, { path: `/say?times=${times}`, body: Buffer.from(JSON.stringify(message)) });
  assert.equal(answer.response?.status, 200, answer.error);
}

/** The workers are those that were there, and both answer. */
async function unharmed(drover: ReadyDrover): Promise<void> {
  const heard = await rollCall(overHttp({ port: drover.port }), WORKERS);
  assert.deepEqual(
    heard.map(({ pid }) => pid),
    [...drover.workers().values()],
  );
  assert.deepEqual(drover.log.events("worker-died"), []);
}

const CMD = "NODE_DROVER";
const MESSAGES: readonly (readonly [string, unknown])[] = [
  ["of the app's own", { hello: "primary" }],
  ["that is null", null],
  ["that is a number", 7],
  ["of Node's own kind", { cmd: "NODE_HELLO" }],
  ["of Drover's kind without a type", { cmd: CMD }],
  ["of a type that does not exist", { cmd: CMD, type: "nonsense" }],
  ...[
    "boot-failed",
    "listen",
    "listening",
    "closed",
    "loaded",
    "rescue",
    "beat",
    "drained",
    "figures",
    "load",
    "not-ready",
  ].map((type): [string, unknown] => [`of type ${type} with nothing in it`, { cmd: CMD, type }]),
];

suite("a worker's message", () => {
  for (const [title, message] of MESSAGES) {
    test(`${title} harms nobody`, async (t) => {
      const drover = await start(t, app("supervision/chatterbox.js"), { workers: WORKERS });
      await say(drover, message);
      await unharmed(drover);
      const { code } = await drover.verb("status");
      assert.equal(code, 0);
    });
  }

  test("of 1 MB, 500 times over, does not make the primary grow", async (t) => {
    const drover = await start(t, app("supervision/chatterbox.js"), { workers: WORKERS });
    const big = { text: "x".repeat(1_000_000) };
    await say(drover, big, 50);
    const before = memoryOf(drover.pid);
    await say(drover, big, 500);
    const after = memoryOf(drover.pid);
    record({
      fault: "a worker sends its primary 500 messages of 1 MB",
      sent: 0,
      lost: 0,
      note: `the primary's memory is what it was: ${Math.round(before)} MB before, ${Math.round(after)} MB after`,
    });
    // Kept, they would be 500 MB; what is not collected yet is some 100.
    assert.ok(after < before + 250, `${before} MB before, ${after} MB after`);
    await unharmed(drover);
  });
});
