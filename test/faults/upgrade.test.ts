import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "../../src/control/client.ts";
import { homeOf, socketOf } from "../../src/control/home.ts";
import { request, type Target } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { startInBackground, type InBackground } from "../support/in-background.ts";
import { install } from "../support/installed.ts";
import { describe, startLoad } from "../support/load.ts";
import { openNotifySocket } from "../support/notify-socket.ts";
import { childrenOf, descriptorsOf, isAlive, kill } from "../support/proc.ts";
import { inPlace, site } from "../support/releases.ts";
import { LONG, record } from "../support/reliability.ts";
import { until } from "../support/wait.ts";
import { startWebSockets } from "../support/ws-client.ts";

const FAST = { flags: ["--probation", "100ms"] };

/** The app listens there as well, which no option of Drover's says: it answers with what came. */
function alsoOn(path: string): string {
  const handler =
    '(request, response) => (appendFileSync(process.env.RECORD_FILE, `${request.headers["x-id"]}\\n`), request.pipe(response))';
  const imports = 'import { appendFileSync } from "node:fs";\nimport { createServer } from "node:http";';
  return `;\n${imports}\ncreateServer(${handler}).listen(${JSON.stringify(path)})`;
}

const UPGRADES = LONG ? 10 : 3;
const SOCKETS = 3;

function controlOf({ home }: InBackground): string {
  return socketOf(homeOf({ DROVER_HOME: home }), "web");
}

/** Asks again and again until `stop()`, which answers what came. */
function repeat<T>(t: TestContext, askOnce: () => Promise<T>): { stop(): Promise<readonly T[]> } {
  const answers: T[] = [];
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      answers.push(await askOnce());
      await delay(10);
    }
  })();
  const stop = async (): Promise<readonly T[]> => {
    over.abort();
    await asking;
    return answers;
  };
  t.after(stop);
  return { stop };
}

/** The pid of the primary that answers, or what went wrong. */
async function whoLeads(web: InBackground): Promise<number | string> {
  try {
    const result = await ask(controlOf(web), { verb: "status" }, { limit: 10_000 });
    return result.verb === "status" ? result.snapshot.pid : result.text;
  } catch (error) {
    return String(error);
  }
}

async function statusOf(target: Target, path: string): Promise<number | string> {
  const { outcome, response } = await request(target, { path });
  return response?.status ?? outcome;
}

test(`${UPGRADES} upgrades in a row under load lose nothing, and nothing of a former primary is left`, async (t) => {
  const releases = inPlace(t);
  const folder = temporaryFolder(t);
  const [came, path] = [join(folder, "came"), join(folder, "web.sock")];
  releases.deploy("release 1", site("release 1", alsoOn(path)));
  const flags = ["--admin", "0", "--idle-timeout", "500ms", "--probation", "100ms"];
  const web = await startInBackground(t, releases.entry, { flags, env: { RECORD_FILE: came } });
  const first = await web.status();
  const descriptors = descriptorsOf(first.pid);
  const admin = Number(first.admin?.split(":").at(-1));
  const who = repeat(t, () => whoLeads(web));
  const probes = repeat(t, () => statusOf({ port: admin }, "/readyz"));
  const sockets = startWebSockets(t, { port: web.port }, { count: SOCKETS });
  const load = startLoad(t, { port: web.port }, { clients: 8, rate: 400, postEvery: 2, path: "/slow?ms=5" });
  const local = startLoad(t, { path }, { clients: 2, rate: 50 });
  await until(() => sockets.open === SOCKETS && load.samples.length > 100, "the load to be under way");
  const pids = [first.pid];
  for (let count = 1; count <= UPGRADES; count += 1) {
    const { code, stdout, stderr } = await web.verb("upgrade", "web");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^web: Drover \S+ on Node \S+ → Drover \S+ on Node \S+: 2 workers, .* 0 cut/);
    const { pid, generation, workers } = await web.status();
    assert.deepEqual([generation, workers.length], [count + 1, 2]);
    assert.ok(!pids.includes(pid));
    await until(() => !isAlive(pids.at(-1) ?? 0), "the end of the former primary");
    pids.push(pid);
    await until(() => sockets.open === SOCKETS, "all WebSockets to echo");
  }
  const before = load.samples.length;
  await until(() => load.samples.length > before + 50, "requests after the last one");
  const samples = [...(await load.stop()), ...(await local.stop())];
  const answers = await who.stop();
  const farewells = await sockets.stop();
  const health = await probes.stop();
  record({
    fault: `${UPGRADES} upgrades of Drover itself in a row, 2 workers, over TCP and a unix socket`,
    sent: samples.length + farewells.length,
    lost: [...load.failures, ...local.failures].length + farewells.filter(({ how }) => how !== "told").length,
    note: `none; half POST, ${farewells.length} WebSockets told 1012, ${answers.length} questions to the control socket answered`,
  });
  const seen = readFileSync(came, "utf8").split("\n");

  await t.test(`every one of ${samples.length} requests was answered, and came once`, () => {
    assert.equal(describe([...load.failures, ...local.failures]), "");
    const times = Map.groupBy(seen, (id) => id);
    assert.deepEqual(
      samples.filter(({ id }) => times.get(id)?.length !== 1).map(({ id }) => id),
      [],
    );
  });
  await t.test("every WebSocket was told that another worker takes over", () => {
    assert.deepEqual(new Set(farewells.map(({ how, code }) => `${how} ${code}`)), new Set(["told 1012"]));
  });
  await t.test("every probe heard that the app is ready", () => assert.deepEqual(new Set(health), new Set([200])));
  await t.test("one primary after the other answered the control socket, each question once", () => {
    assert.deepEqual(
      answers.filter((pid, index) => pid !== answers[index - 1]),
      pids,
    );
  });
  await t.test("the last primary has no more descriptors than the first one had", async () => {
    const last = pids.at(-1) ?? 0;
    await until(
      () => descriptorsOf(last) <= descriptors,
      () => `${descriptorsOf(last)} descriptors, at first ${descriptors}`,
    );
  });
  const { code } = await web.stop(...pids);
  assert.equal(code, 0);
  assert.equal(existsSync(path), false);
});

/** An app whose workers boot when the file `gate` is there. */
function gated(t: TestContext): { readonly entry: string; open(): void; close(): void } {
  const folder = temporaryFolder(t);
  const [entry, gate] = [join(folder, "app.mjs"), join(folder, "gate")];
  const wait = `while (!existsSync(${JSON.stringify(gate)})) await delay(10);`;
  const head = 'import { existsSync } from "node:fs";\nimport { setTimeout as delay } from "node:timers/promises";\n';
  writeFileSync(entry, `${head}${wait}\nexport default (_, response) => response.end("here");\n`);
  return {
    entry,
    open: () => writeFileSync(gate, ""),
    close: () => rmSync(gate),
  };
}

async function serves(web: InBackground): Promise<void> {
  assert.equal((await request({ port: web.port })).outcome, "ok");
}

suite("an upgrade", () => {
  test("to a broken build goes back, says what is wrong with it, and leaves nothing", async (t) => {
    const releases = inPlace(t);
    releases.deploy("good", site("good"));
    const web = await startInBackground(t, releases.entry, FAST);
    const before = await web.status();
    const broken = join(install(t), "dist");
    writeFileSync(join(broken, "worker/worker.js"), 'throw new Error("a worker that cannot work");\n');

    const byWorker = await web.verbOf({ cli: join(broken, "cli.js") }, "upgrade", "web");
    assert.equal(byWorker.code, 1);
    assert.match(byWorker.stderr, /this primary serves on\. Of its successor: .*\[UPGRADE_FAILED\]/);
    await serves(web);

    writeFileSync(join(broken, "cli.js"), 'throw new Error("a command that cannot work");\n');
    const program = { node: process.execPath, cli: join(broken, "cli.js") };
    await assert.rejects(ask(controlOf(web), { verb: "upgrade", program }), {
      code: "UPGRADE_FAILED",
      message: /a command that cannot work/,
    });

    const missing = { node: "/no/such/node", cli: program.cli };
    await assert.rejects(ask(controlOf(web), { verb: "upgrade", program: missing }), {
      code: "UPGRADE_FAILED",
      message: /could not be started: .*ENOENT/,
    });

    releases.deploy("bad", 'throw new Error("an app that cannot boot");\n');
    const byApp = await web.verb("upgrade", "web");
    assert.equal(byApp.code, 1);
    assert.match(byApp.stderr, /an app that cannot boot/);

    const after = await web.status();
    assert.deepEqual(
      [after.pid, after.generation, after.workers.map(({ pid }) => pid)],
      [before.pid, before.generation, before.workers.map(({ pid }) => pid)],
    );
    await until(() => childrenOf(after.pid).length === 2, "the end of all successors");
    releases.deploy("mended", site("mended"));
    assert.equal((await web.verb("upgrade", "web")).code, 0);
    await serves(web);
  });

  test("goes on alone: another one, a reload and a scale are refused meanwhile, and a stop stops both primaries", async (t) => {
    const app = gated(t);
    app.open();
    const web = await startInBackground(t, app.entry, FAST);
    const { pid } = await web.status();
    app.close();
    const upgrading = web.verb("upgrade", "web");
    const { pid: successor } = await web.event("primary-started", 2);
    const refused = [];
    for (const verb of [["upgrade"], ["reload"], ["scale", "3"]]) refused.push(await web.verb(...verb, "web"));
    assert.deepEqual(
      refused.map(({ code, stderr }) => [code, /\[(\w+)\]/.exec(stderr)?.[1]]),
      [
        [1, "UPGRADE_REFUSED"],
        [1, "UPGRADING"],
        [1, "UPGRADING"],
      ],
    );
    await serves(web);
    assert.equal((await web.stop(pid, successor ?? 0)).code, 0);
    const { code, stderr } = await upgrading;
    assert.deepEqual([code, /\[(\w+)\]/.exec(stderr)?.[1]], [1, "STOPPING"]);
  });

  test("whose successor is killed in the middle changes nothing", async (t) => {
    const app = gated(t);
    app.open();
    const web = await startInBackground(t, app.entry, FAST);
    const { pid } = await web.status();
    app.close();
    const upgrading = web.verb("upgrade", "web");
    const { pid: successor = 0 } = await web.event("primary-started", 2);
    await web.event("worker-started", 4);
    kill(successor, "SIGKILL");
    const { code, stderr } = await upgrading;
    assert.equal(code, 1);
    assert.match(stderr, /it ended with SIGKILL \[UPGRADE_FAILED\]/);
    await serves(web);
    assert.equal((await web.stop(pid)).code, 0);
  });

  test("by USR2 of a service of systemd's: the successor is who systemd hears from then on", async (t) => {
    const notify = await openNotifySocket(t);
    const entry = inPlace(t);
    entry.deploy("release", site("release"));
    const drover = await start(t, entry.entry, {
      ...FAST,
      env: { NOTIFY_SOCKET: notify.path, WATCHDOG_USEC: "10000000" },
    });
    await notify.find(`MAINPID=${drover.pid}`);
    drover.signal("SIGUSR2");
    const { pid } = await drover.log.event("handed-over");
    await notify.find(`MAINPID=${pid}`);
    await until(() => !isAlive(drover.pid), "the end of the former primary");
    const said = notify.messages().length;
    kill(pid ?? 0, "SIGTERM");
    await notify.find("STOPPING=1", said);
    await drover.exit;
    const spoke = notify
      .messages()
      .map(({ MAINPID }) => MAINPID)
      .filter(Boolean);
    assert.deepEqual(spoke, [String(drover.pid), String(pid)]);
  });

  test("is refused in the foreground, where whoever started it waits for this very process", async (t) => {
    const releases = inPlace(t);
    releases.deploy("release", site("release"));
    const drover = await start(t, releases.entry);
    const { code, stderr } = await drover.verb("upgrade");
    assert.equal(code, 1);
    assert.match(stderr, /it runs in the foreground, .*\[UPGRADE_REFUSED\]\n {2}Start it with -d/);
    assert.equal((await request({ port: drover.port })).outcome, "ok");
  });
});
