import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { createCertificate } from "../support/certificate.ts";
import { Connection, request, type Target } from "../support/client.ts";
import { launch, runCli, start, type ReadyDrover } from "../support/drover.ts";
import { app, steadyPort, temporaryFolder } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { answeredBy, gate, targets, whoAnswers, type Gate } from "../support/per-slot.ts";
import { kill } from "../support/proc.ts";
import { overHttp, rollCall } from "../support/roll-call.ts";
import { until } from "../support/wait.ts";
import { WebSocketClient } from "../support/ws-client.ts";

const APP = app("per-slot/app.js");
const FLAGS = ["--per-slot", "--probation", "0"];
const certificate = createCertificate();
const { cert: ca } = certificate;
const TLS = { DROVER_TLS_CERT: ca, DROVER_TLS_KEY: certificate.key };
const EXPORTED = { TEST_SERVER: "export" };

/** What an app may be, and what its clients trust. */
const WAYS: readonly (readonly [what: string, env: Readonly<Record<string, string>>, ca?: string])[] = [
  ["an app that listens by itself", {}],
  ["an exported app", EXPORTED],
  ["an app that listens behind TLS", TLS, ca],
  ["an exported app over TLS", { ...TLS, ...EXPORTED }, ca],
  ["an https server of the app's own", { TEST_SERVER: "https", TEST_TLS_CERT: ca, TEST_TLS_KEY: certificate.key }, ca],
];

/** The n-th of some addresses. */
function nth(addresses: readonly Target[], slot: number): Target {
  const target = addresses[slot - 1];
  assert.ok(target, `no address of slot ${slot}`);
  return target;
}

/** Kills the slot's worker and holds its replacement back, until the sibling has taken over. */
async function killFor(drover: ReadyDrover, gate: Gate, slot: number): Promise<void> {
  gate.shut(slot);
  kill(drover.workers().get(slot) ?? 0, "SIGKILL");
  await drover.log.event("covered", (line) => line.slot === slot);
}

async function statusOf(drover: ReadyDrover): Promise<readonly (readonly [slot: number, coveredBy: number | null])[]> {
  const { stdout } = await drover.verb("status", "--json");
  const { listeners } = JSON.parse(stdout) as { listeners: { slot: number; coveredBy: number | null }[] };
  return listeners.map(({ slot, coveredBy }) => [slot, coveredBy] as const).toSorted(([a], [b]) => a - b);
}

suite("each worker has an address of its own:", () => {
  for (const [what, env] of WAYS.slice(0, 2)) {
    test(`${what} on a port and those after it`, async (t) => {
      const port = await steadyPort(3);
      const drover = await start(t, APP, { workers: 3, port, flags: FLAGS, env });
      for (const slot of [1, 2, 3]) {
        const who = await overHttp({ port: port + slot - 1 })();
        assert.deepEqual(
          [who.slot, who["base"], (who["address"] as { port: number }).port],
          [slot, `${port}`, port + slot - 1],
        );
      }
      assert.match(drover.ready.msg ?? "", new RegExp(`on http://localhost:${port} to ${port + 2}, one per worker`));
      const { stdout } = await drover.verb("status");
      assert.match(stdout, new RegExp(`listens +\\*:${port} to ${port + 2} \\(http\\), one per worker\n`));
      assert.deepEqual(await drover.stop(), { code: 0, signal: null });
      for (const slot of [1, 2, 3]) assert.equal((await request({ port: port + slot - 1 })).outcome, "refused");
    });

    test(`${what} on unix sockets, with the mode that is asked for`, async (t) => {
      const folder = temporaryFolder(t);
      const flags = [...FLAGS, "--listen", `unix:${join(folder, "web.sock")}`, "--socket-mode", "0660"];
      const drover = await start(t, APP, { workers: 3, flags, env });
      for (const slot of [1, 2, 3]) {
        const path = join(folder, `web-${slot}.sock`);
        const who = await overHttp({ path })();
        assert.deepEqual([who.slot, who["address"]], [slot, path]);
        assert.equal((statSync(path).mode & 0o777).toString(8), "660");
      }
      assert.equal(existsSync(join(folder, "web.sock")), false);
      await drover.stop();
      for (const slot of [1, 2, 3]) assert.equal(existsSync(join(folder, `web-${slot}.sock`)), false);
    });
  }

  for (const entry of ["koa3/app.js", "koa3/server.js"]) {
    test(`Koa over HTTPS, ${entry}`, async (t) => {
      const drover = await start(t, app(entry), { workers: 2, flags: FLAGS, env: TLS });
      assert.deepEqual(await whoAnswers(targets(drover, ca)), [1, 2]);
    });
  }

  test("a free port each where 0 is asked for", async (t) => {
    const drover = await start(t, APP, { workers: 3, flags: FLAGS });
    assert.deepEqual(await whoAnswers(targets(drover)), [1, 2, 3]);
  });

  test("a second server of the app is shared by all workers", async (t) => {
    const [port, metrics] = [await steadyPort(2), await steadyPort()];
    const drover = await start(t, APP, { port, flags: FLAGS, env: { TEST_METRICS: String(metrics) } });
    assert.deepEqual(await whoAnswers(targets(drover)), [1, 2]);
    assert.equal((await rollCall(overHttp({ port: metrics }), 2)).length, 2);
  });

  test("the app's own choice of a port is moved as well, where no address is named", async (t) => {
    const port = await steadyPort(2);
    const args = ["start", app("sockets/elsewhere.js"), "-w", "2", "--log-format", "json", ...FLAGS];
    const drover = runCli(t, args, { env: { OWN_PORT: String(port) } });
    await drover.log.event("ready");
    assert.deepEqual(await whoAnswers([{ port }, { port: port + 1 }]), [1, 2]);
  });
});

suite("while a worker is away a sibling covers its address:", () => {
  for (const [what, env, trust] of WAYS) {
    test(what, async (t) => {
      const held = gate(t);
      const drover = await start(t, APP, { workers: 3, flags: FLAGS, env: { ...env, ...held.env } });
      const addresses = targets(drover, trust);
      assert.deepEqual(await whoAnswers(addresses), [1, 2, 3]);
      await killFor(drover, held, 2);
      assert.deepEqual(await whoAnswers(addresses), [1, 1, 3]);
      assert.deepEqual(await statusOf(drover), [
        [1, null],
        [2, 1],
        [3, null],
      ]);
      held.open(2);
      await drover.log.event("uncovered");
      await answeredBy(nth(addresses, 2), 2);
      assert.deepEqual(await whoAnswers(addresses), [1, 2, 3]);
      assert.deepEqual(await statusOf(drover), [
        [1, null],
        [2, null],
        [3, null],
      ]);
    });
  }

  test("and when that one dies, another", async (t) => {
    const held = gate(t);
    const drover = await start(t, APP, { workers: 3, flags: FLAGS, env: held.env });
    const addresses = targets(drover);
    await killFor(drover, held, 2);
    await killFor(drover, held, 1);
    assert.deepEqual(await whoAnswers(addresses), [3, 3, 3]);
    for (const slot of [1, 2]) held.open(slot);
    for (const slot of [1, 2]) await drover.log.event("uncovered", (line) => line.slot === slot);
    for (const slot of [1, 2]) await answeredBy(nth(addresses, slot), slot);
    assert.equal(drover.log.events("covered").length, 2);
  });

  test("a connection that it took lives on when the worker is back", async (t) => {
    const held = gate(t);
    const drover = await start(t, APP, { workers: 2, flags: FLAGS, env: held.env });
    const addresses = targets(drover);
    await killFor(drover, held, 2);
    const connection = new Connection(nth(addresses, 2));
    assert.equal((await connection.request()).response?.status, 200);
    held.open(2);
    await drover.log.event("uncovered");
    await answeredBy(nth(addresses, 2), 2);
    const { response } = await connection.request();
    assert.equal(JSON.parse(String(response?.body)).slot, 1);
    connection.close();
  });

  test("a connection that a worker left unread at its exit goes to a sibling", async (t) => {
    const held = gate(t);
    const drover = await start(t, APP, { workers: 2, flags: FLAGS, env: held.env });
    const second = nth(targets(drover), 2);
    const connection = new Connection(second);
    assert.equal((await connection.request()).response?.status, 200);
    held.shut(2);
    assert.notEqual((await request(second, { path: "/exit?code=1" })).outcome, "ok");
    await drover.log.event("covered");
    assert.equal(JSON.parse(String((await connection.request()).response?.body)).slot, 1);
    connection.close();
    held.open(2);
  });

  test("a stop answers those who wait there, and refuses afterwards", async (t) => {
    const held = gate(t);
    const drover = await start(t, APP, { workers: 2, flags: FLAGS, env: held.env });
    const second = nth(targets(drover), 2);
    await killFor(drover, held, 2);
    const load = startLoad(t, second, { clients: 4 });
    await until(() => load.samples.length > 20, "some answers");
    const stopped = drover.stop();
    await drover.log.event("stopping");
    await stopped;
    const samples = await load.stop();
    const unanswered = samples.filter(({ answer }) => answer.outcome !== "ok" && answer.outcome !== "refused");
    // A kept connection ends between two requests.
    assert.equal(describe(unanswered.filter(({ fresh }) => fresh)), "");
    assert.equal((await request(second)).outcome, "refused");
  });

  test("a WebSocket of worker 1 lives across the replacement of worker 2", async (t) => {
    const drover = await start(t, APP, { workers: 2, flags: FLAGS });
    const socket = new WebSocketClient(nth(targets(drover), 1), "/", [Buffer.from("hello")], 5);
    await until(() => socket.open, "an echo");
    kill(drover.workers().get(2) ?? 0, "SIGKILL");
    await drover.log.find("two deaths and births", () => drover.log.events("worker-ready").length === 3);
    await answeredBy(nth(targets(drover), 2), 2);
    socket.leave();
    assert.equal((await socket.ended).how, "left");
  });
});

suite("no address is without an answer", () => {
  test("when workers are added and taken away again", async (t) => {
    const drover = await start(t, APP, { workers: 2, flags: FLAGS });
    assert.equal((await drover.verb("scale", "4")).code, 0);
    const addresses = targets(drover);
    assert.deepEqual(await whoAnswers(addresses), [1, 2, 3, 4]);
    const loads = addresses.map((target) => startLoad(t, target, { clients: 2 }));
    assert.equal((await drover.verb("scale", "2")).code, 0);
    assert.deepEqual(await whoAnswers(addresses), [1, 2, 1, 2]);
    assert.equal((await drover.verb("reload")).code, 0);
    await whoAnswers(addresses);
    assert.equal((await drover.verb("scale", "3")).code, 0);
    await answeredBy(nth(addresses, 3), 3);
    assert.equal(describe((await Promise.all(loads.map((load) => load.stop()))).flat().filter(lost)), "");
    assert.deepEqual((await whoAnswers(addresses)).slice(0, 3), [1, 2, 3]);
  });

  for (const how of ["reload", "restart"] as const) {
    test(`and no request is lost by a ${how}`, async (t) => {
      const drover = await start(t, APP, { workers: 3, flags: FLAGS });
      const addresses = targets(drover);
      const loads = addresses.map((target) => startLoad(t, target, { clients: 4 }));
      assert.equal((await drover.verb(how)).code, 0);
      assert.equal((await drover.verb(how)).code, 0);
      const samples = (await Promise.all(loads.map((load) => load.stop()))).flat();
      assert.equal(describe(samples.filter(lost)), "");
      assert.deepEqual(await whoAnswers(addresses), [1, 2, 3]);
    });
  }
});

function lost({ answer }: { readonly answer: { readonly outcome: string } }): boolean {
  return answer.outcome !== "ok";
}

suite("a reload changes the addresses:", () => {
  interface Site {
    readonly drover: ReadyDrover;
    readonly configure: (config: object) => Promise<void>;
  }

  async function site(t: TestContext, config: object): Promise<Site> {
    const file = join(temporaryFolder(t), "drover.config.json");
    const write = (content: object): void => {
      writeFileSync(file, JSON.stringify({ entry: APP, workers: 3, reload: { probation: 0 }, ...content }));
    };
    write(config);
    const drover = runCli(t, ["start", "-c", file, "--log-format", "json"]);
    const ready = await drover.log.event("ready");
    const reload = async (content: object): Promise<void> => {
      write(content);
      const { code, stderr } = await drover.verb("reload");
      assert.equal(code, 0, stderr);
    };
    return { drover: { ...drover, ready, url: "", port: 0 }, configure: reload };
  }

  test("another port, and the old ones refuse", async (t) => {
    const [one, other] = [await steadyPort(3), await steadyPort(3)];
    const { drover, configure } = await site(t, { port: one, perSlot: true });
    await drover.verb("scale", "2");
    await configure({ port: other, perSlot: true });
    assert.deepEqual(await whoAnswers([{ port: other }, { port: other + 1 }]), [1, 2]);
    for (const slot of [0, 1, 2]) assert.equal((await request({ port: one + slot })).outcome, "refused");
  });

  test("one for all becomes one for each, and one for all again", async (t) => {
    const port = await steadyPort(3);
    const { drover, configure } = await site(t, { port });
    assert.equal((await rollCall(overHttp({ port }), 3)).length, 3);
    await configure({ port, perSlot: true });
    assert.deepEqual(await whoAnswers([{ port }, { port: port + 1 }, { port: port + 2 }]), [1, 2, 3]);
    assert.deepEqual(await statusOf(drover), [
      [1, null],
      [2, null],
      [3, null],
    ]);
    await configure({ port });
    assert.equal((await rollCall(overHttp({ port }), 3)).length, 3);
    for (const slot of [1, 2]) assert.equal((await request({ port: port + slot })).outcome, "refused");
    assert.deepEqual(await statusOf(drover), [[null, null]]);
  });
});

suite("is refused at the start:", () => {
  test("a port of a later slot that is taken", async (t) => {
    const port = await steadyPort(2);
    const stranger = createServer().listen(port + 1);
    await once(stranger, "listening");
    t.after(() => stranger.close());
    const drover = launch(t, APP, { port, flags: FLAGS });
    assert.equal((await drover.exit).code, 1);
    const said = await drover.log.find("the error", ({ raw }) => raw.includes("is in use"));
    assert.match(said.raw, new RegExp(`\\*:${port + 1} is in use by pid ${process.pid}`));
    assert.deepEqual(drover.log.events("worker-started"), []);
  });

  test("ports that there are not, and scaling beyond the last one", async (t) => {
    const tooHigh = launch(t, APP, { port: 65_535, flags: FLAGS });
    assert.equal((await tooHigh.exit).code, 2);
    const drover = await start(t, APP, { workers: 1, port: 65_535, flags: FLAGS });
    const { code, stderr } = await drover.verb("scale", "2");
    assert.equal(code, 1);
    assert.match(stderr, /expected a port for each of 2 workers from 65535 on/);
  });
});
