import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { request } from "../support/client.ts";
import { launch, start, type ReadyDrover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import type { LogLine } from "../support/log-reader.ts";
import { kill } from "../support/proc.ts";
import { overHttp, rollCall } from "../support/roll-call.ts";

function pidOf(drover: ReadyDrover, slot: number): number {
  const pid = drover.workers().get(slot);
  assert.ok(pid, `slot ${slot} has a worker`);
  return pid;
}

/** The next worker of that slot, when it is ready. */
function replacement(drover: ReadyDrover, slot: number, old: number): Promise<LogLine> {
  return drover.log.event("worker-ready", (line) => line.slot === slot && line.pid !== old);
}

function errorOf(line: LogLine): { name?: string; message?: string; stack?: string } {
  return line["error"] ?? {};
}

suite("the log", () => {
  test("tells of the primary, the workers and why so many, each start, and when all is ready", async (t) => {
    const drover = await start(t, app("http.js"));
    const names = ["primary-started", "workers", "worker-started", "listening", "worker-ready", "ready"];
    const found = await Promise.all(names.map((name) => drover.log.event(name)));
    const [primary, workers, started, listening, ready, all] = found;

    assert.equal(primary?.pid, drover.pid);
    assert.equal(primary?.["node"], process.version);
    assert.match(String(primary?.["version"]), /^\d+\.\d+\.\d+/);
    assert.equal(workers?.["count"], 2);
    assert.match(String(workers?.["why"]), /--workers|-w/);
    assert.equal(typeof started?.pid, "number");
    assert.equal(listening?.["protocol"], "http");
    assert.equal(typeof ready?.["ms"], "number");
    assert.deepEqual(
      all?.["pids"],
      [1, 2].map((slot) => drover.workers().get(slot)),
    );

    const order = found.filter((line) => line !== listening).map((line) => drover.log.lines.indexOf(line));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
  });

  test("tells of a worker's death by a signal, how long it lived, and its replacement's pid", async (t) => {
    const drover = await start(t, app("http.js"));
    const victim = pidOf(drover, 1);
    kill(victim, "SIGKILL");
    const died = await drover.log.event("worker-died");
    assert.deepEqual([died.slot, died.pid, died["code"], died["signal"]], [1, victim, null, "SIGKILL"]);
    assert.equal(typeof died["uptimeMs"], "number");
    assert.match(String(died["reason"]), /SIGKILL/);
    const next = await replacement(drover, 1, victim);
    const heard = await rollCall(overHttp({ port: drover.port }), 2);
    assert.deepEqual(
      heard.map((who) => who.pid),
      [next.pid, pidOf(drover, 2)],
    );
  });

  test("tells of a worker's death by its exit code", async (t) => {
    const drover = await start(t, app("http.js"), { workers: 1 });
    const victim = pidOf(drover, 1);
    await request({ port: drover.port }, { path: "/exit?code=7" });
    const died = await drover.log.event("worker-died");
    assert.deepEqual([died.pid, died["code"], died["signal"]], [victim, 7, null]);
    await replacement(drover, 1, victim);
  });

  for (const [title, path, message] of [
    ["an error thrown in a handler", "/throw", "thrown in a handler"],
    ["an error thrown after the handler returned", "/throw-later", "thrown after the handler returned"],
    ["a rejection nobody handles", "/reject", "rejected and not handled"],
  ] as const) {
    test(`shows ${title}, with the app's own stack`, async (t) => {
      const drover = await start(t, app("http.js"), { workers: 1 });
      await request({ port: drover.port }, { path });
      const error = errorOf(await drover.log.event("worker-died"));
      assert.equal(error.message, message);
      assert.match(error.stack ?? "", /handler\.cjs:\d+/);
      assert.doesNotMatch(error.stack ?? "", /drover\/(src|dist)\//);
    });
  }

  test("shows a stack by the source's own file and line where there is a source map", async (t) => {
    const folder = temporaryFolder(t);
    // One mapping: the beginning of the first line comes from line 42 of original.ts.
    const map = { version: 3, sources: ["original.ts"], names: [], mappings: "AAyCA" };
    const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}`;
    const code = `import { createServer } from "node:http"; createServer(() => { throw new Error("mapped"); }).listen(process.env.PORT);`;
    writeFileSync(join(folder, "bundle.mjs"), `${code}\n//# sourceMappingURL=${url}\n`);
    const drover = await start(t, join(folder, "bundle.mjs"), { workers: 1 });
    await request({ port: drover.port });
    assert.match(errorOf(await drover.log.event("worker-died")).stack ?? "", /original\.ts:42/);
  });
});

suite("an uncaught error", () => {
  test("lets the requests beside it finish, while a replacement already serves", async (t) => {
    const drover = await start(t, app("http.js"), { workers: 1 });
    const target = { port: drover.port };
    const victim = pidOf(drover, 1);
    const neighbour = request(target, { path: "/slow?ms=1500" });
    const upload = request(target, { path: "/stream?parts=10&ms=100" });
    // Both are in the worker once it has answered what was sent after them.
    await overHttp(target)();
    void request(target, { path: "/throw-later" });

    const next = await replacement(drover, 1, victim);
    assert.equal((await overHttp(target)()).pid, next.pid);
    assert.deepEqual(drover.log.events("worker-died"), [], "the old worker still works for its neighbours");
    assert.equal((await neighbour).response?.status, 200);
    assert.match((await upload).response?.body.toString() ?? "", /part 9\nend\n$/);
    const died = await drover.log.event("worker-died");
    assert.equal(died.pid, victim);
    assert.notEqual(died["code"], 0);
  });

  test("ends the worker at once when it is the second", async (t) => {
    const drover = await start(t, app("http.js"), { workers: 1 });
    const target = { port: drover.port };
    const victim = pidOf(drover, 1);
    const slow = request(target, { path: "/slow?ms=60000" });
    const second = request(target, { path: "/throw-after?ms=700" });
    // Both are in the worker once it has answered what was sent after them.
    await overHttp(target)();
    const first = request(target, { path: "/throw-later" });
    const died = await drover.log.event("worker-died", (line) => line.pid === victim, 5000);
    assert.notEqual(died["code"], 0);
    for (const answer of await Promise.all([first, second, slow])) assert.match(answer.outcome, /reset|closed/);
  });

  test("is the app's own business when it listens for uncaughtException", async (t) => {
    const drover = await start(t, app("supervision/own-uncaught.js"), { workers: 1 });
    const target = { port: drover.port };
    for (let count = 1; count <= 2; count += 1) {
      await request(target, { path: "/throw-later", boundMs: 300 });
      assert.equal((await overHttp(target)())["caught"], count);
    }
    assert.deepEqual(drover.log.events("worker-died"), []);
  });
});

suite("an app that cannot boot", () => {
  const rows = [
    ["throws", "boot-throws.js", /no settings for this environment/, 1, 3],
    ["requires a module that is not there", "boot-missing-module.cjs", /a-module-nobody-installed/, 1, 1],
    ["exits by itself", "boot-exits.js", /giving up: no database|exit code 1/, 1, 3],
    ["ends without serving anything", "boot-ends.js", /./, 1, 3],
  ] as const;
  for (const [title, file, says, least, most] of rows) {
    test(`ends with exit code 3 when it ${title}, and says why`, async (t) => {
      const drover = launch(t, app(`supervision/${file}`), { workers: 1 });
      assert.deepEqual(await drover.exit, { code: 3, signal: null });
      assert.match(drover.log.lines.map((line) => line.raw).join("\n"), says);
      const starts = drover.log.events("worker-started").length;
      assert.ok(starts >= least && starts <= most, `${starts} attempts`);
    });
  }

  test("ends with exit code 3 when it is not ready within the boot timeout", async (t) => {
    const drover = launch(t, app("supervision/boot-hangs.js"), { workers: 1, flags: ["--boot-timeout", "500ms"] });
    assert.deepEqual(await drover.exit, { code: 3, signal: null });
    const deaths = drover.log.events("worker-died");
    assert.ok(deaths.length >= 1);
    assert.match(String(deaths[0]?.["reason"]), /not ready/);
  });
});

suite("restarts", () => {
  test("are retried ever more slowly while the app cannot boot, and heal by themselves", async (t) => {
    const broken = join(temporaryFolder(t), "broken");
    const drover = await start(t, app("supervision/boot-fails-later.js"), { env: { BROKEN_FILE: broken } });
    const [victim, other] = [pidOf(drover, 1), pidOf(drover, 2)];
    writeFileSync(broken, "");
    kill(victim, "SIGKILL");
    await drover.log.event("worker-restart-delayed", (line) => Number(line["delayMs"]) >= 800);
    const delays = drover.log.events("worker-restart-delayed").map((line) => line["delayMs"]);
    assert.deepEqual(delays, [100, 200, 400, 800].slice(-delays.length));
    assert.equal((await overHttp({ port: drover.port })()).pid, other);

    rmSync(broken);
    const next = await replacement(drover, 1, victim);
    const heard = await rollCall(overHttp({ port: drover.port }), 2);
    assert.deepEqual(
      heard.map((who) => who.pid),
      [next.pid, other],
    );
  });

  test("do not happen with --restart never, and the last worker's end is Drover's", async (t) => {
    const drover = await start(t, app("http.js"), { flags: ["--restart", "never"] });
    const [first, second] = [pidOf(drover, 1), pidOf(drover, 2)];
    kill(first, "SIGKILL");
    await drover.log.event("worker-died", (line) => line.pid === first);
    assert.deepEqual(
      new Set((await rollCall(overHttp({ port: drover.port }), 1)).map((who) => who.pid)),
      new Set([second]),
    );
    kill(second, "SIGKILL");
    assert.deepEqual(await drover.exit, { code: 1, signal: null });
    assert.equal(drover.log.events("worker-started").length, 2);
  });
});

test("a stand-in answers 503 while no worker has been ready for 5 s, until one is", async (t) => {
  const broken = join(temporaryFolder(t), "broken");
  const drover = await start(t, app("supervision/boot-fails-later.js"), { workers: 1, env: { BROKEN_FILE: broken } });
  const target = { port: drover.port };
  const victim = pidOf(drover, 1);
  writeFileSync(broken, "");
  kill(victim, "SIGKILL");
  const { response } = await request(target);
  assert.equal(response?.status, 503);
  assert.match(response.headers.get("retry-after") ?? "", /^\d+$/);
  await drover.log.event("stand-in-started");

  rmSync(broken);
  await replacement(drover, 1, victim);
  await drover.log.event("stand-in-stopped");
  assert.equal((await request(target)).response?.status, 200);
});

test("cluster.fork() and cluster.setupPrimary() in a worker say who forks here", async (t) => {
  const drover = await start(t, app("supervision/cluster-in-worker.js"), { workers: 1 });
  const who = await overHttp({ port: drover.port })();
  assert.match(String(who["fork"]), /Drover/);
  assert.match(String(who["setup"]), /Drover/);
});
