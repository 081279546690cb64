import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { createCertificate } from "../support/certificate.ts";
import { request } from "../support/client.ts";
import { launch, runCli, start, type Drover } from "../support/drover.ts";
import { app, steadyPort, temporaryFolder } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { answeredBy, coverage, ownTargets } from "../support/per-slot.ts";
import { overHttp, rollCall } from "../support/roll-call.ts";

const APP = app("per-slot/app.js");
const FLAGS = ["--per-slot", "--probation", "0"];
const certificate = createCertificate();
const { cert: ca } = certificate;
const TLS = { DROVER_TLS_CERT: ca, DROVER_TLS_KEY: certificate.key };
const WAYS = [
  ["an app that listens by itself", {}],
  ["an exported app", { TEST_SERVER: "export" }],
] as const;

interface Site {
  readonly drover: Drover;
  /** Reloads with that, and answers the exit code. */
  readonly configure: (config: object) => Promise<number | null>;
}

async function site(t: TestContext, config: object): Promise<Site> {
  const file = join(temporaryFolder(t), "drover.config.json");
  const write = (content: object): void => {
    writeFileSync(file, JSON.stringify({ entry: APP, workers: 3, reload: { probation: 0 }, ...content }));
  };
  write(config);
  const drover = runCli(t, ["start", "-c", file, "--log-format", "json"]);
  await drover.log.event("ready");
  const configure = async (content: object): Promise<number | null> => {
    write(content);
    return (await drover.verb("reload")).code;
  };
  return { drover, configure };
}

suite("each worker has an address of its own:", () => {
  for (const [what, env] of WAYS) {
    test(`${what} on a port and those after it`, async (t) => {
      const port = await steadyPort(3);
      const drover = await start(t, APP, { workers: 3, port, flags: FLAGS, env });
      await ownTargets(drover);
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
      await ownTargets(drover);
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
      assert.equal((await ownTargets(drover, { ca })).length, 2);
    });
  }

  test("a free port each where 0 is asked for", async (t) => {
    const drover = await start(t, APP, { workers: 3, flags: FLAGS });
    assert.equal((await ownTargets(drover)).length, 3);
  });

  test("a second server of the app is shared by all workers", async (t) => {
    const [port, metrics] = [await steadyPort(2), await steadyPort()];
    const drover = await start(t, APP, { port, flags: FLAGS, env: { TEST_METRICS: String(metrics) } });
    assert.equal((await ownTargets(drover)).length, 2);
    assert.equal((await rollCall(overHttp({ port: metrics }), 2)).length, 2);
  });

  test("the app's own choice of a port is moved as well, where no address is named", async (t) => {
    const port = await steadyPort(2);
    const args = ["start", app("sockets/elsewhere.js"), "-w", "2", "--log-format", "json", ...FLAGS];
    const drover = runCli(t, args, { env: { OWN_PORT: String(port) } });
    await drover.log.event("ready");
    await answeredBy([{ port }, { port: port + 1 }], [1, 2]);
  });
});

suite("a reload changes the addresses:", () => {
  test("another port, and the old ones refuse", async (t) => {
    const [one, other] = [await steadyPort(3), await steadyPort(3)];
    const { drover, configure } = await site(t, { port: one, perSlot: true });
    await drover.verb("scale", "2");
    assert.equal(await configure({ port: other, perSlot: true }), 0);
    await answeredBy([{ port: other }, { port: other + 1 }], [1, 2]);
    for (const slot of [0, 1, 2]) assert.equal((await request({ port: one + slot })).outcome, "refused");
  });

  test("one for all becomes one for each, and one for all again", async (t) => {
    const port = await steadyPort(2);
    const { drover, configure } = await site(t, { port, workers: 2 });
    assert.equal((await rollCall(overHttp({ port }), 2)).length, 2);
    const load = startLoad(t, { port }, { clients: 4 });
    assert.equal(await configure({ port, workers: 2, perSlot: true }), 0);
    await answeredBy([{ port }, { port: port + 1 }], [1, 2]);
    assert.deepEqual(await coverage(drover), [
      [1, null],
      [2, null],
    ]);
    assert.equal(await configure({ port, workers: 2 }), 0);
    const samples = await load.stop();
    assert.equal(describe(samples.filter(({ answer }) => answer.outcome !== "ok")), "");
    assert.equal((await rollCall(overHttp({ port }), 2)).length, 2);
    assert.equal((await request({ port: port + 1 })).outcome, "refused");
    assert.deepEqual(await coverage(drover), [[null, null]]);
  });

  test("not where the new generation fails", async (t) => {
    const port = await steadyPort(3);
    const entry = app("supervision/boot-throws.js");
    const { drover, configure } = await site(t, { port, workers: 2 });
    assert.equal(await configure({ port, workers: 2, perSlot: true, entry }), 1);
    assert.deepEqual(await coverage(drover), [[null, null]]);
    assert.equal((await request({ port: port + 1 })).outcome, "refused");
    assert.equal(await configure({ port, workers: 2, perSlot: true }), 0);
    assert.equal(await configure({ port, workers: 2, entry }), 1);
    await answeredBy([{ port }, { port: port + 1 }], [1, 2]);
    assert.deepEqual(await coverage(drover), [
      [1, null],
      [2, null],
    ]);
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
