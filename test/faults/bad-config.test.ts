import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { Snapshot } from "../../src/protocol/control.ts";
import { listeningPorts, runCli, type Drover } from "../support/drover.ts";
import { app, freePort, temporaryFolder } from "../support/fixture.ts";
import { describe, startLoad, type Sample } from "../support/load.ts";
import { record } from "../support/reliability.ts";
import { until } from "../support/wait.ts";

interface Configured {
  readonly drover: Drover;
  readonly port: number;
  /** Changes the config file; nothing is reloaded. */
  readonly configure: (text: string) => void;
}

function configOf(port: number, more: object = {}): string {
  const config = { name: "web", entry: app("http.js"), port, workers: 2, reload: { probation: "200ms" }, ...more };
  return JSON.stringify(config);
}

/** Runs by a config file alone, so that a reload may find another one there. */
async function startConfigured(t: TestContext): Promise<Configured> {
  const folder = temporaryFolder(t);
  const file = join(folder, "drover.config.json");
  const port = await freePort();
  writeFileSync(file, configOf(port));
  const drover = runCli(t, ["start", "--log-format", "json"], { cwd: folder });
  await drover.log.event("ready");
  return { drover, port, configure: (text) => writeFileSync(file, text) };
}

async function statusOf(drover: Drover): Promise<Snapshot> {
  const { code, stdout, stderr } = await drover.verb("status", "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Snapshot;
}

async function takenPort(t: TestContext): Promise<number> {
  const server = createServer().listen(0);
  t.after(() => server.close());
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}

/** As at a stop: one client may connect in the instant before the old address goes. */
function isQueued({ answer, fresh }: Sample): boolean {
  return fresh && ["reset", "closed"].includes(answer.outcome);
}

suite("a reload", () => {
  const rows: readonly (readonly [string, (t: TestContext) => Promise<string> | string, RegExp])[] = [
    ["to a port that is taken", async (t) => configOf(await takenPort(t)), /EADDRINUSE|in use|taken/i],
    ["with a config file that cannot be read", () => "{ name: ", /drover\.config\.json/],
    ["with an option that does not exist", () => configOf(0, { wrokers: 3 }), /wrokers/],
    ["with an entry that does not exist", () => configOf(0, { entry: "./missing.js" }), /missing\.js/],
  ];
  for (const [title, config, error] of rows) {
    test(`${title} changes nothing, and says why`, async (t) => {
      const { drover, port, configure } = await startConfigured(t);
      const before = [...drover.workers().values()];
      const load = startLoad(t, { port });
      await until(() => load.samples.length > 20, "the load to be under way");
      configure(await config(t));
      const { code, stderr } = await drover.verb("reload", "web");
      assert.notEqual(code, 0);
      assert.match(stderr, error);
      const { generation, workers, lastReload } = await statusOf(drover);
      assert.deepEqual([generation, lastReload?.outcome], [1, "refused"]);
      assert.deepEqual(
        workers.map(({ pid }) => pid),
        before,
      );
      const samples = await load.stop();
      record({
        fault: `reload ${title}`,
        sent: samples.length,
        lost: load.failures.length,
        note: "none; nothing is touched, and the verb says why",
      });
      assert.equal(describe(load.failures), "");
    });
  }

  test("to another port serves there, and lets the old one go after its last answer", async (t) => {
    const { drover, port, configure } = await startConfigured(t);
    const next = await freePort();
    const load = startLoad(t, { port }, { path: "/slow?ms=50" });
    await until(() => load.samples.length > 20, "the load to be under way");
    configure(configOf(next));
    const { code, stderr } = await drover.verb("reload", "web");
    assert.equal(code, 0, stderr);
    assert.deepEqual(listeningPorts(drover.log), [port, next]);
    const there = startLoad(t, { port: next });
    await until(() => there.samples.length > 20, "answers on the new port");
    await Promise.all([load.stop(), there.stop()]);
    const lost = load.failures.filter(({ answer }) => answer.outcome !== "refused");
    assert.ok(lost.length <= 1 && lost.every(isQueued), describe(lost));
    assert.equal(describe(there.failures), "");
  });
});
