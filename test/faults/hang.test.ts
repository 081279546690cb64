import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { request, type Answer } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import type { LogLine } from "../support/log-reader.ts";
import { kill } from "../support/proc.ts";
import { LONG, record } from "../support/reliability.ts";
import { until } from "../support/wait.ts";

const SITE = app("hang/site.js");
/** Behind an `await`. */
const FINDS_CULPRITS = Number(process.versions.node.split(".")[0]) >= 24;
const HANG_MS = 1_000;
const FLAGS = ["--hang-timeout", `${HANG_MS}ms`];

/** Has one worker stand still, and goes on when it does: `began` is what it says of it. */
async function stall({ port, log }: ReadyDrover, path: string): Promise<{ began: LogLine; answer: Promise<Answer> }> {
  const answer = request({ port }, { path, boundMs: 60_000 });
  const said = `stands still: ${path.split("?")[0]}`;
  return { began: await log.find(said, ({ msg }) => msg === said), answer };
}

/** A file that whoever reads it waits for: `/native` does. */
function neverWritten(t: TestContext): string {
  const fifo = join(temporaryFolder(t), "never-written");
  execFileSync("mkfifo", [fifo]);
  return fifo;
}

/** Asks on fresh connections, one after the other, until told to stop. */
function keepAsking(t: TestContext, { port }: ReadyDrover): () => Promise<Answer[]> {
  const answers: Answer[] = [];
  const end = new AbortController();
  t.after(() => end.abort());
  const asking = (async (): Promise<void> => {
    while (!end.signal.aborted) {
      answers.push(await request({ port }));
      await delay(20);
    }
  })();
  return async () => {
    end.abort();
    await asking;
    return answers;
  };
}

function lost(answers: readonly Answer[]): number {
  return answers.filter(({ outcome, response }) => outcome !== "ok" || response?.status !== 200).length;
}

const at =
  (line: number) =>
  ({ where }: LogLine): boolean =>
    where === `${SITE}:${line}`;

/** A machine that is too busy to answer within the 2 s says so. */
const isFound = (hung: LogLine, line: number): boolean =>
  at(line)(hung) || String(hung["unknown"]).includes("within 2 s");

const INSPECTOR = /^Debugger listening on ws:\/\/127\.0\.0\.1:(?<port>\d+)\//;

async function isRefused(port: number): Promise<boolean> {
  return (await request({ port }, { path: "/json/list" })).outcome === "refused";
}

const time = (line: LogLine | undefined): number => Number(line?.["time"]);

test("a worker in an endless loop is killed, the log says in which line, and the others answer all the while", async (t) => {
  const drover = await start(t, SITE, { flags: FLAGS });
  const { began, answer } = await stall(drover, "/loop");
  const stop = keepAsking(t, drover);
  const hung = await drover.log.event("worker-hung");
  await drover.log.event("worker-ready", ({ slot, pid }) => slot === hung.slot && pid !== hung.pid);
  const answers = await stop();
  const ms = time(hung) - time(began);
  record({
    fault: `while (true) in one worker of 2, with a hang timeout of ${HANG_MS / 1000} s`,
    sent: answers.length,
    lost: lost(answers),
    note: `none of the others' requests; the log named the line after ${(ms / 1000).toFixed(1)} s, and the slot was ready again`,
  });
  assert.equal(lost(answers), 0);
  assert.ok(answers.length > 10);
  assert.ok(at(11)(hung), hung.raw);
  assert.match(String(hung.msg), FINDS_CULPRITS ? /site\.js:11, in GET \/loop: / : /:11, with GET \/loop under way: /);
  assert.match((hung["error"] as { stack: string }).stack, /^ +at .*\/loop.*site\.js:11:/);
  // Twice what is promised: the machine may be busy.
  assert.ok(ms < 2 * (HANG_MS + 3_000), `named after ${ms} ms`);
  assert.notEqual((await answer).outcome, "ok");
  assert.equal(drover.log.events("worker-died").length, 1);
});

test("several workers may hang at once, and what is in native code is told apart", async (t) => {
  const options = { workers: 4, flags: FLAGS, env: { NEVER_WRITTEN: neverWritten(t) } };
  const drover = await start(t, SITE, options);
  const stalls: LogLine[] = [];
  for (const path of ["/regex", "/wait", "/native"]) stalls.push((await stall(drover, path)).began);
  const stop = keepAsking(t, drover);
  const ends = stalls.map(({ pid }) => drover.log.event("worker-hung", (line) => line.pid === pid, 60_000));
  const [regex, wait, native] = await Promise.all(ends);
  assert.equal(lost(await stop()), 0);
  assert.ok(regex && isFound(regex, 13), regex?.raw);
  assert.ok(wait && isFound(wait, 6), wait?.raw);
  assert.match(String(native?.msg), /so it is killed \(no JavaScript stack within 2 s: it waits/);
});

test("a worker that stands still for less than the timeout is warned of once, and lives", async (t) => {
  const drover = await start(t, SITE);
  const before = drover.workers();
  const { answer } = await stall(drover, "/pause?ms=2300");
  const busy = await drover.log.event("worker-busy");
  const answers = await drover.log.event("worker-answers");
  assert.equal((await answer).outcome, "ok");
  assert.equal(busy.pid, answers.pid);
  assert.match(String(busy.msg), /has been busy for over 1\.\d s without a pause: its clients wait/);
  assert.equal(drover.log.events("worker-busy").length, 1);
  assert.deepEqual(drover.workers(), before);
});

test("a worker whose inspector is open may stand still", async (t) => {
  const drover = await start(t, SITE, { workers: 1, flags: [...FLAGS, "--node-options", "--inspect=127.0.0.1:0"] });
  const before = drover.workers();
  await drover.log.event("worker-inspected");
  const { answer } = await stall(drover, "/pause?ms=3500");
  assert.equal((await answer).outcome, "ok");
  assert.deepEqual(drover.workers(), before);
  assert.deepEqual(drover.log.events("worker-busy"), []);
});

test("a worker whose inspector was opened after it had last spoken may stand still as well", async (t) => {
  const drover = await start(t, SITE, { workers: 1, flags: FLAGS });
  const { began } = await stall(drover, "/wait");
  kill(Number(began.pid), "SIGUSR1");
  await drover.log.event("worker-inspected");
  assert.deepEqual([...drover.workers().values()], [began.pid]);
  assert.deepEqual(drover.log.events("worker-hung"), []);
  // It would make use of its drain timeout.
  kill(Number(began.pid), "SIGKILL");
});

test("a worker that comes back while it is examined lives, and closes what was opened for that", async (t) => {
  const fifo = neverWritten(t);
  const drover = await start(t, SITE, { workers: 1, flags: FLAGS, env: { NEVER_WRITTEN: fifo } });
  const before = drover.workers();
  const { began, answer } = await stall(drover, "/native");
  // In the middle of its examination, which takes 2 s and begins between 1 and 2 s from here.
  await delay(2 * HANG_MS + 1_000 - (Date.now() - time(began)));
  await writeFile(fifo, "");
  assert.equal((await answer).outcome, "ok");
  await drover.log.event("worker-answers");
  const opened = await drover.log.find("the inspector", ({ msg = "" }) => INSPECTOR.test(msg));
  const port = INSPECTOR.exec(String(opened.msg))?.groups?.["port"];
  await until(() => isRefused(Number(port)), "the inspector to be closed");
  assert.deepEqual(drover.workers(), before);
  assert.deepEqual(drover.log.events("worker-hung"), []);
  assert.deepEqual(drover.log.events("worker-inspected"), []);
});

test("a worker whose memory grows while it stands still is said to fill its heap, and its report says how far", async (t) => {
  const drover = await start(t, SITE, { workers: 1, flags: FLAGS, env: { NEVER_WRITTEN: neverWritten(t) } });
  await stall(drover, "/fill");
  const { msg, rssBytes } = await drover.log.event("worker-hung");
  assert.match(String(msg), / while its memory grew from \d+ MB to \d+ MB, so it is killed \(no .*a heap that fills/);
  assert.ok(Number(rssBytes) > 2e8, `${String(rssBytes)} bytes`);
  const died = await drover.log.event("worker-died");
  assert.match(
    String(died.msg),
    /killed: it hung \(no JavaScript stack within 2 s: it seems to collect garbage in a heap that fills/,
  );
});

suite("a primary that was stopped", () => {
  for (const [stoppedMs, flags] of LONG ? ([[60_000, []]] as const) : ([[3_500, FLAGS]] as const)) {
    test(`for ${stoppedMs / 1000} s kills nobody, and finds a worker that hangs afterwards`, async (t) => {
      const drover = await start(t, SITE, { flags });
      const before = drover.workers();
      const stop = keepAsking(t, drover);
      kill(drover.pid, "SIGSTOP");
      await delay(stoppedMs);
      kill(drover.pid, "SIGCONT");
      const answers = await stop();
      await stall(drover, "/wait");
      const hung = await drover.log.event("worker-hung");
      record({
        fault: `SIGSTOP of the primary for ${stoppedMs / 1000} s`,
        sent: answers.length,
        lost: lost(answers),
        note: "none, and no worker is killed; one that hangs afterwards is",
      });
      assert.equal(lost(answers), 0);
      const survivors = [...before.values()].filter((pid) => pid !== hung.pid);
      assert.equal(survivors.length, 1);
      assert.deepEqual(
        drover.log.events("worker-busy").map(({ pid }) => pid),
        flags.length > 0 ? [] : [hung.pid],
      );
      assert.ok(drover.log.events("worker-died").every(({ pid }) => pid === hung.pid));
    });
  }
});
