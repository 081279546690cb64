import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { Snapshot } from "../../src/protocol/control.ts";
import { request } from "../support/client.ts";
import { exchange } from "../support/control.ts";
import { launch, start, type Drover } from "../support/drover.ts";
import { app, freePort, temporaryFolder } from "../support/fixture.ts";
import { isAlive } from "../support/proc.ts";
import { until, within } from "../support/wait.ts";

const FAST = { flags: ["--probation", "0s", "--name", "web"] };

function socketOf({ home }: Drover): string {
  return join(home, "run", "web.sock");
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

async function statusOf(drover: Drover): Promise<Snapshot> {
  const { code, stdout, stderr } = await drover.verb("status", "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Snapshot;
}

async function says(drover: Drover, line: string, outcome: RegExp): Promise<void> {
  const { code, stdout, stderr } = await drover.verb(...line.split(" "));
  assert.equal(code, 0, stderr);
  assert.match(stdout, outcome);
}

suite("a verb on a running app", () => {
  test("does what it says, and answers when it is done", async (t) => {
    const drover = await start(t, app("http.js"), FAST);
    const first = await statusOf(drover);
    assert.deepEqual([first.generation, first.size, first.pid], [1, 2, drover.pid]);

    await says(drover, "scale 3", /^web: 3 workers/);
    assert.equal((await statusOf(drover)).workers.length, 3);
    await says(drover, "scale -1 web", /^web: 2 workers/);
    assert.equal((await statusOf(drover)).workers.length, 2);

    await says(drover, "reload", /^web: reloaded to generation 2: 2 workers, /);
    const reloaded = await statusOf(drover);
    assert.deepEqual(
      reloaded.workers.map(({ generation, state }) => [generation, state]),
      [
        [2, "ready"],
        [2, "ready"],
      ],
    );
    assert.equal(reloaded.lastReload?.outcome, "done");
    for (const { pid } of first.workers) assert.equal(isAlive(pid), false);

    await says(drover, "restart", /^web: restarted to generation 3: 2 workers, /);
    await says(drover, "drain", /^web: drained/);
    assert.equal((await statusOf(drover)).state, "lameduck");
    assert.equal((await request({ port: drover.port })).response?.status, 200);
    await says(drover, "undrain", /^web: undrained/);
    assert.equal((await statusOf(drover)).state, "running");
    await says(drover, "reopen", /^web: /);
    await says(drover, "ls", /^NAME .*\nweb +running +3 +2\/2 /);
    await says(drover, "status web", /^web: running, generation 3, 2 of 2 workers ready, /);
  });

  test("shows its steps on stderr", async (t) => {
    const drover = await start(t, app("http.js"), FAST);
    const { stderr } = await drover.verb("reload");
    assert.match(stderr, /worker 1 started, .*\n[^]*worker 1 ready, .*\n[^]*worker 2 ready, /);
  });

  test("stop finishes what was accepted, and answers when everything is gone", async (t) => {
    const drover = await start(t, app("http.js"), FAST);
    const slow = request({ port: drover.port }, { path: "/slow?ms=500" });
    await until(async () => (await request({ port: drover.port })).response?.status === 200, "the app to answer");
    const { code, stdout } = await drover.verb("stop", "--json");
    assert.equal(code, 0);
    const { version, verb, ledger } = JSON.parse(stdout) as { version: number; verb: string; ledger: { cut: number } };
    assert.deepEqual([version, verb, ledger.cut], [1, "stop", 0]);
    assert.equal((await slow).response?.status, 200);
    assert.deepEqual(await drover.exit, { code: 0, signal: null });
    assert.deepEqual(readdirSync(join(drover.home, "run")), []);
    assert.equal((await drover.verb("status", "web")).code, 69);
  });

  test("stop --now does not wait for requests, and a reload meanwhile is told that the app stops", async (t) => {
    const drover = await start(t, app("http.js"), FAST);
    const slow = request({ port: drover.port }, { path: "/slow?ms=60000" });
    await until(async () => (await request({ port: drover.port })).response?.status === 200, "the app to answer");
    const stop = drover.verb("stop");
    await drover.log.event("stopping");
    const { code, stderr } = await drover.verb("reload");
    assert.equal(code, 1);
    assert.match(stderr, /\[STOPPING\]/);
    assert.equal((await drover.verb("stop", "--now")).code, 0);
    assert.equal((await stop).code, 0);
    assert.notEqual((await slow).outcome, "ok");
  });

  test("reload of a release that does not boot ends with 1 and the app's own error, and the old one serves", async (t) => {
    const folder = temporaryFolder(t);
    const entry = join(folder, "app.cjs");
    writeFileSync(entry, 'require("node:http").createServer((_, response) => response.end("old")).listen(0);\n');
    const drover = await start(t, entry, FAST);
    writeFileSync(entry, 'throw new TypeError("a broken release");\n');
    const { code, stdout, stderr } = await drover.verb("reload");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /^error: generation 2 failed.* \[RELOAD_FAILED\]\n {2}TypeError: a broken release\n {6}at .*app\.cjs:1/m,
    );
    assert.equal((await request({ port: drover.port })).response?.body.toString(), "old");
    const { generation, lastReload } = await statusOf(drover);
    assert.deepEqual([generation, lastReload?.outcome], [1, "rolled-back"]);
    await says(drover, "status", /last reload +rolled back .* ago: generation 2 failed[^]*TypeError: a broken release/);
  });
});

test("status --json has every field of the snapshot, and no environment", async (t) => {
  const drover = await start(t, app("http.js"), { ...FAST, env: { SECRET: "hush" } });
  const { stdout } = await drover.verb("status", "--json");
  const snapshot = JSON.parse(stdout) as Snapshot;
  const { uptimeMs, workers, ...fixed } = snapshot;
  assert.deepEqual(fixed, {
    version: 1,
    name: "web",
    pid: drover.pid,
    drover: fixed.drover,
    node: process.versions.node,
    entry: app("http.js"),
    generation: 1,
    state: "running",
    size: 2,
    restart: "always",
    detached: false,
    logFile: null,
    admin: null,
    listeners: [{ address: `*:${drover.port}`, protocol: "http", slot: null, coveredBy: null }],
    store: `sqlite:${drover.home}/state/web/store.db`,
    degraded: [],
    certificates: [],
    reload: null,
    lastReload: null,
    lastCrash: null,
  });
  assert.ok(uptimeMs > 0);
  const keys =
    "slot pid generation state uptimeMs restarts recycles rssBytes heapUsedBytes elu eventLoopLagMs connections inFlight requests durations lastExit";
  for (const worker of workers) {
    assert.deepEqual(Object.keys(worker), keys.split(" "));
    assert.ok((worker.rssBytes ?? 0) > 2 ** 20 && (worker.heapUsedBytes ?? 0) > 2 ** 20, JSON.stringify(worker));
    assert.ok(worker.elu !== null && worker.elu >= 0 && worker.elu <= 1 && worker.eventLoopLagMs !== null);
    assert.deepEqual([worker.connections, worker.inFlight, worker.requests], [0, 0, 0]);
    assert.deepEqual(
      worker.durations,
      Array.from({ length: 18 }, () => 0),
    );
  }
  assert.deepEqual(
    workers.map(({ slot, pid, state, restarts, lastExit }) => [slot, pid, state, restarts, lastExit]),
    [...drover.workers()].map(([slot, pid]) => [slot, pid, "ready", 0, null]),
  );
  assert.doesNotMatch(stdout, /hush|SECRET/);
});

suite("the name of an app", () => {
  test("belongs to one: a second primary is refused with the pid of the first, which serves on", async (t) => {
    const first = await start(t, app("http.js"), FAST);
    const second = launch(t, app("http.js"), { ...FAST, env: { DROVER_HOME: first.home } });
    assert.deepEqual(await second.exit, { code: 1, signal: null });
    assert.match(second.log.tail(), new RegExp(`"web" to run yet, got one, pid ${first.pid} \\[ALREADY_RUNNING\\]`));
    assert.deepEqual(second.log.events("worker-started"), []);
    assert.equal((await request({ port: first.port })).response?.status, 200);
    assert.equal((await statusOf(first)).pid, first.pid);
  });

  test("is free again when its primary was killed, whose socket is replaced", async (t) => {
    const first = await start(t, app("http.js"), FAST);
    first.signal("SIGKILL");
    await first.exit;
    assert.deepEqual(readdirSync(join(first.home, "run")), ["web.record", "web.sock"]);
    const { stdout } = await first.verb("ls");
    assert.equal(stdout, "no app is running\n");
    assert.equal((await first.verb("stop", "web")).code, 69);

    const second = await start(t, app("http.js"), { ...FAST, env: { DROVER_HOME: first.home } });
    assert.equal((await statusOf(second)).pid, second.pid);
  });

  test("is free again when the app could not boot", async (t) => {
    const drover = launch(t, app("supervision/boot-throws.js"), FAST);
    assert.equal((await drover.exit).code, 3);
    assert.deepEqual(readdirSync(join(drover.home, "run")), []);
  });

  test("tells apart those that run at once", async (t) => {
    const web = await start(t, app("http.js"), FAST);
    const options = { flags: ["--name", "@my/api"], env: { DROVER_HOME: web.home } };
    const api = await start(t, app("http.js"), options);
    assert.match((await web.verb("ls")).stdout, /^NAME .*\n@my\/api +running .*\nweb +running .*\n$/);
    const unnamed = await web.verb("stop");
    assert.equal(unnamed.code, 2);
    assert.match(unnamed.stderr, /These run: @my\/api, web\./);
    assert.equal((await web.verb("stop", "@my/api")).code, 0);
    assert.deepEqual(await api.exit, { code: 0, signal: null });
    assert.equal((await statusOf(web)).name, "web");
  });
});

suite("the control socket of a running app", () => {
  test("is for its user alone", async (t) => {
    const drover = await start(t, app("http.js"), FAST);
    assert.deepEqual([mode(join(drover.home, "run")), mode(socketOf(drover))], ["700", "600"]);
  });

  test("answers garbage and another version, and a request that nobody waits for is carried out", async (t) => {
    const drover = await start(t, app("http.js"), FAST);
    for (const data of ["GET / HTTP/1.1\r\n\r\n", '{"version":99,"verb":"stop","now":true}\n']) {
      const [reply] = await exchange(socketOf(drover), data);
      assert.ok(reply?.type === "failed" && reply.error.code === "CONTROL_PROTOCOL", JSON.stringify(reply));
    }
    const hasty = connect(socketOf(drover));
    hasty.end('{"version":1,"verb":"scale","to":3}\n', () => hasty.destroy());
    await drover.log.event("worker-ready", (line) => line.slot === 3);
    assert.equal((await statusOf(drover)).size, 3);
  });

  test("takes no 100 MB, and the primary does not grow by them", async (t) => {
    const drover = await start(t, app("http.js"), FAST);
    const rss = (): number =>
      Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${drover.pid}/status`, "utf8"))?.[1]);
    const before = rss();
    const socket = connect(socketOf(drover));
    const closed = new Promise((resolve) => socket.on("close", resolve));
    let said = "";
    socket.on("data", (chunk) => (said += String(chunk))).on("error", () => undefined);
    await once(socket, "connect");
    socket.write(Buffer.alloc(100 * 2 ** 20, "x"));
    await within(closed, "the end of the connection");
    assert.match(said, /"CONTROL_PROTOCOL"/);
    assert.ok(rss() - before < 50 * 1024, `${before} kB before, ${rss()} kB after`);
    assert.equal((await statusOf(drover)).pid, drover.pid);
  });

  test("holds no verb and no stop up for clients that say nothing", async (t) => {
    const drover = await start(t, app("http.js"), FAST);
    const silent = Array.from({ length: 20 }, () => connect(socketOf(drover)));
    await Promise.all(silent.map((socket) => once(socket, "connect")));
    assert.equal((await statusOf(drover)).pid, drover.pid);
    assert.equal((await drover.verb("stop")).code, 0);
    assert.deepEqual(await drover.exit, { code: 0, signal: null });
    for (const socket of silent) socket.destroy();
  });
});

for (const host of ["0.0.0.0", "127.0.0.1", "::"]) {
  test(`an app that listens on ${host} by itself, with a port of ours, is reloaded on it`, async (t) => {
    const folder = temporaryFolder(t);
    const listen = `listen({ port: Number(process.env.PORT), host: ${JSON.stringify(host)} })`;
    writeFileSync(
      join(folder, "app.mjs"),
      `import http from "node:http";\nhttp.createServer((q, r) => r.end("ok")).${listen};\n`,
    );
    const flags = ["--probation", "100ms", "--name", "web"];
    const drover = await start(t, join(folder, "app.mjs"), { flags, port: await freePort() });
    for (let count = 0; count < 2; count += 1) {
      const { code, stderr } = await drover.verb("reload", "web");
      assert.equal(code, 0, stderr);
      assert.equal((await request({ port: drover.port, host: host === "::" ? "::1" : "127.0.0.1" })).outcome, "ok");
    }
  });
}
