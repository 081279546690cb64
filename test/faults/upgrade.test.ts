import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "../../src/control/client.ts";
import { binaryOf, MAJORS } from "../../tools/matrix/nodes.ts";
import { startInBackground, type Background } from "../support/background.ts";
import { request, type Target } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { openNotifySocket } from "../support/notify-socket.ts";
import { descriptorsOf, isAlive, kill } from "../support/proc.ts";
import { inPlace, site } from "../support/releases.ts";
import { LONG, record } from "../support/reliability.ts";
import { controlOf, SOON, stopAll } from "../support/upgrading.ts";
import { until } from "../support/wait.ts";
import { startWebSockets } from "../support/ws-client.ts";

const UPGRADES = LONG ? 10 : 3;
const SOCKETS = 3;

/** The app listens there as well, which no option of Drover's says: it answers with what came. */
function alsoOn(path: string): string {
  const handler =
    '(request, response) => (appendFileSync(process.env.RECORD_FILE, `${request.headers["x-id"]}\\n`), request.pipe(response))';
  const imports = 'import { appendFileSync } from "node:fs";\nimport { createServer } from "node:http";';
  return `;\n${imports}\ncreateServer(${handler}).listen(${JSON.stringify(path)})`;
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
async function whoLeads(web: Background): Promise<number | string> {
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
  const flags = [...SOON, "--admin", "0", "--idle-timeout", "500ms"];
  const web = await startInBackground(t, releases.entry, flags, { RECORD_FILE: came });
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
    const { code, stdout, stderr } = await web.starter.verb("upgrade", "shop");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^shop: Drover \S+ on Node \S+ → Drover \S+ on Node \S+: 2 workers, .* 0 cut/);
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
  await stopAll(web, ...pids);
  assert.equal(existsSync(path), false);
});

suite("an upgrade", () => {
  test("leaves a primary that its workers succeed as the one before, should it be killed", async (t) => {
    const releases = inPlace(t);
    releases.deploy("release", site("release"));
    const web = await startInBackground(t, releases.entry, SOON);
    assert.equal((await web.starter.verb("upgrade", "shop")).code, 0);
    const { primary, processes } = await web.leads();
    assert.deepEqual([primary.pid, processes.length], [(await web.status()).pid, 2]);
    const load = startLoad(t, { port: web.port }, { clients: 4, rate: 100 });
    await until(() => load.samples.length > 20, "the load to be under way");
    kill(primary.pid, "SIGKILL");
    await web.leads(primary.pid);
    await until(() => !processes.some(({ pid }) => isAlive(pid)), "the former workers to leave");
    await load.stop();
    assert.equal(describe(load.failures), "");
    assert.equal((await web.status()).generation, 3);
    await stopAll(web);
  });

  if (LONG)
    for (const major of MAJORS) {
      test(`puts the app on Node ${major}, and back`, { skip: !existsSync(binaryOf(major)) }, async (t) => {
        const releases = inPlace(t);
        releases.deploy("release", site("release"));
        const web = await startInBackground(t, releases.entry, SOON);
        const load = startLoad(t, { port: web.port }, { clients: 4, rate: 100 });
        const there = await web.starter.verbOf({ node: binaryOf(major) }, "upgrade", "shop");
        assert.match(
          there.stdout,
          new RegExp(`on Node ${process.versions.node} → Drover .* on Node ${major}\\.`),
          there.stderr,
        );
        assert.equal(Number.parseInt((await web.status()).node, 10), major);
        const back = await web.starter.verb("upgrade", "shop");
        assert.match(back.stdout, new RegExp(` on Node ${process.versions.node}: `), back.stderr);
        await load.stop();
        assert.equal(describe(load.failures), "");
        await stopAll(web);
      });
    }

  test("by USR2 of a service of systemd's: the successor is who systemd hears from then on", async (t) => {
    const notify = await openNotifySocket(t);
    const entry = inPlace(t);
    entry.deploy("release", site("release"));
    const drover = await start(t, entry.entry, {
      flags: SOON,
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
});

test("a primary that is killed while its workers drain after an upgrade leaves none for ever: its successor ends the one that hangs", async (t) => {
  const releases = inPlace(t);
  releases.deploy("release", site("release"));
  const flags = ["--probation", "100ms", "-w", "1", "--drain-timeout", "3s", "--hang-timeout", "0"];
  const web = await startInBackground(t, releases.entry, flags);
  const { primary, processes } = await web.leads();
  const old = processes.map(({ pid }) => pid);
  for (const pid of old) kill(pid, "SIGSTOP");
  void web.starter.verb("upgrade", "shop");
  await web.event("handed-over");
  kill(primary.pid, "SIGKILL");
  assert.deepEqual((await web.event("orphans-killed"))["pids"], old);
  await until(() => !old.some(isAlive), "the orphan to end");
  await web.stop();
});
