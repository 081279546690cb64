import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { Crash } from "../../src/protocol/crash.ts";
import { request } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import type { LogLine } from "../support/log-reader.ts";
import { inMemoryCgroup } from "../support/memory-cgroup.ts";
import { kill } from "../support/proc.ts";
import { until } from "../support/wait.ts";

const NAME = "site";
const site = app("crashes/site.cjs");

/** Brings a death about, and answers its log line once its slot is served again. */
async function death(drover: ReadyDrover, bring: () => unknown): Promise<LogLine> {
  const before = { died: drover.log.events("worker-died").length, ready: drover.log.events("worker-ready").length };
  const isNext = (line: LogLine, event: string, count: number): boolean =>
    line.event === event && drover.log.events(event).indexOf(line) >= count;
  bring();
  const died = await drover.log.find("a death", (line) => isNext(line, "worker-died", before.died));
  await drover.log.find("its replacement", (line) => isNext(line, "worker-ready", before.ready));
  return died;
}

function fileOf(drover: ReadyDrover, id: unknown): string {
  return join(drover.home, "crashes", NAME, `${String(id)}.json`);
}

/** As it is on the disk, which it reaches soon after the log line that names it. */
async function reportOf(drover: ReadyDrover, died: LogLine): Promise<Crash> {
  assert.match(String(died.msg), new RegExp(`\\(drover crashes ${String(died["crash"])}\\)$`));
  const read = (): Crash | undefined => {
    try {
      const crash = JSON.parse(readFileSync(fileOf(drover, died["crash"]), "utf8")) as Crash;
      return crash.last.pid === died.pid ? crash : undefined;
    } catch {
      return undefined;
    }
  };
  return await until(read, () => `the report of ${died.raw}`);
}

suite("a crash report", () => {
  test("names the reason of each death, what was in flight and the last lines, and outlives the app", async (t) => {
    const flags = ["--name", NAME, "--node-options=--max-old-space-size=32", "--hang-timeout", "4s"];
    const drover = await start(t, site, { workers: 1, flags });
    const { port } = drover;
    // One that has answered is replaced at once.
    const crash = async (path: string): Promise<Crash> => {
      await request({ port });
      return reportOf(drover, await death(drover, () => void request({ port }, { path })));
    };

    const exited = await crash("/export/77?token=secret");
    const requests = exited.last.requests;
    assert.equal(exited.last.text, "exit code 7");
    assert.equal(requests?.asOf, "end");
    assert.deepEqual(
      requests.named.map(({ method, path }) => [method, path]),
      [["GET", "/export/77"]],
    );
    assert.deepEqual(exited.last.lines, ["exports everything"]);

    const again = await crash("/export/78");
    assert.deepEqual([again.id, again.count, again.firstAt], [exited.id, 2, exited.firstAt]);

    const thrown = await crash("/throw");
    assert.equal(thrown.last.reason, "uncaught");
    assert.match(thrown.last.error?.stack ?? "", /site\.cjs:\d+/);
    assert.equal(thrown.last.requests?.named[0]?.path, "/throw");
    assert.equal(thrown.last.requests.culprit?.path, "/throw");

    const aborted = await crash("/abort");
    assert.deepEqual([aborted.last.reason, aborted.last.signal], ["signal", "SIGABRT"]);

    const hung = await crash("/hang");
    assert.equal(hung.last.reason, "hang");
    assert.match(hung.last.text, /site\.cjs:\d+/);
    assert.match(hung.last.stack ?? "", /answer .*site\.cjs:\d+/);
    assert.equal(hung.last.requests?.culprit?.path, "/hang");

    const full = await crash("/leak");
    assert.equal(full.last.reason, "heap-out-of-memory");
    const { header } = full.last.nodeReport as { readonly header: { readonly trigger: string } };
    assert.equal(header.trigger, "OOMError");

    const killed = await reportOf(drover, await death(drover, () => kill(drover.workers().get(1) ?? 0, "SIGKILL")));
    assert.equal(killed.last.text, "killed by SIGKILL, not by Drover");

    assert.doesNotMatch(readFileSync(fileOf(drover, exited.id), "utf8"), /secret|DROVER_TEST_MARK/);
    assert.doesNotMatch(readFileSync(fileOf(drover, full.id), "utf8"), /DROVER_TEST_MARK|commandLine/);
    assert.equal(statSync(join(drover.home, "crashes", NAME)).mode & 0o777, 0o700);
    assert.equal(statSync(fileOf(drover, exited.id)).mode & 0o777, 0o600);

    await drover.stop();
    const { stdout } = await drover.verb("crashes");
    const ids = [killed, full, hung, aborted, thrown, exited].map(({ id }) => id);
    assert.deepEqual(
      stdout
        .split("\n")
        .slice(3, -1)
        .map((line) => line.slice(0, 8)),
      ids,
    );
    const one = await drover.verb("crashes", thrown.id.slice(0, 6));
    assert.match(one.stdout, /uncaught TypeError[^]*site\.cjs:\d+[^]*GET \/throw/);
  });

  test("says that it was the kernel's OOM killer", async (t) => {
    const isMade = await inMemoryCgroup(256 * 2 ** 20, async (through) => {
      const drover = await start(t, site, { workers: 1, flags: ["--name", NAME], through });
      const { port } = drover;
      const died = await death(drover, () => void request({ port }, { path: "/fill" }));
      const { last } = await reportOf(drover, died);
      assert.equal(last.reason, "oom-killed");
      assert.match(String(died.msg), /killed by the kernel's OOM killer: its memory was full \(SIGKILL\)/);
      const killed = await death(drover, () => kill(drover.workers().get(1) ?? 0, "SIGKILL"));
      assert.equal((await reportOf(drover, killed)).last.reason, "signal");
      await drover.stop();
    });
    if (!isMade) t.skip("needs a cgroup with a memory limit, which root can make");
  });
});

const REQUESTS = 1_000;
const POISON = 8;

test("drover crashes names the route that killed 8 workers first, among 1,000 requests", async (t) => {
  const drover = await start(t, site, { workers: 3, flags: ["--name", NAME] });
  const { port } = drover;
  let sent = 0;
  const visitor = async (): Promise<void> => {
    while (sent < REQUESTS - POISON) {
      sent += 1;
      await request({ port }, { path: sent % 10 === 0 ? `/users/${sent}` : "/slow" });
    }
  };
  const visitors = Promise.all(Array.from({ length: 12 }, visitor));
  for (let id = 1; id <= POISON; id += 1) {
    await until(() => sent >= id * 110, "the next hundred requests");
    const died = await death(drover, () => void request({ port }, { method: "POST", path: `/export/${id}` }));
    await reportOf(drover, died);
  }
  await visitors;
  const { stdout } = await drover.verb("crashes");
  assert.match(
    stdout,
    /^POST \/export\/:n was being answered in 8 of 8 deaths; otherwise workers were answering it \d % of the time/,
  );
});
