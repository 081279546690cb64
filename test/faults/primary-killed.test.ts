import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { Snapshot } from "../../src/protocol/control.ts";
import { nameProcess } from "../../src/record/process-name.ts";
import { readRecord } from "../../src/record/record.ts";
import { elect } from "../../src/record/succession-lock.ts";
import { startInBackground } from "../support/background.ts";
import { connect, request, type Client, type Target } from "../support/client.ts";
import { launch, start, type DroverOptions, type ReadyDrover } from "../support/drover.ts";
import { app, steadyPort, temporaryFolder } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { descriptorsOf, isAlive, isStopped, kill } from "../support/proc.ts";
import { LONG, record } from "../support/reliability.ts";
import { exported, transports, type Transport } from "../support/transports.ts";
import { until } from "../support/wait.ts";

/** A site in the foreground that is gone all at once, and starts again under its name. */
async function killed(t: TestContext, options: DroverOptions, before: (site: ReadyDrover) => Promise<unknown>) {
  const site = await start(t, app("http.js"), options);
  const workers = [...site.workers().values()];
  await before(site);
  kill(site.pid, "SIGKILL");
  await site.exit;
  const next = launch(t, app("http.js"), { ...options, env: { DROVER_HOME: site.home } });
  return { site, workers, next };
}

/** A connection, and whose it is; undefined: nobody answers soon. */
async function visit(target: Target): Promise<{ readonly client: Client; readonly pid: number | undefined }> {
  const client = connect(target);
  const { response } = await client.request({ boundMs: 500 });
  return { client, pid: response && Number(response.headers.get("x-pid")) };
}

suite("a primary in the foreground that is killed", () => {
  test("leaves its address free at once: the next start of its name has it", async (t) => {
    const { workers, next } = await killed(t, { port: await steadyPort() }, async () => {});
    await next.log.event("ready");
    assert.deepEqual(next.log.events("orphans-killed"), []);
    await until(() => !workers.some(isAlive), "the orphans to end");
  });

  for (const kind of ["a port", "a unix socket"]) {
    test(`leaves ${kind} to the next start also when a worker hangs, which is ended; one that drains is not`, async (t) => {
      const path = join(temporaryFolder(t), "web.sock");
      const options =
        kind === "a port" ? { port: await steadyPort() } : { flags: ["--listen", `unix:${path}`], workers: 2 };
      const target = kind === "a port" ? { port: options.port ?? 0 } : { path };
      let slow: ReturnType<typeof request> | undefined;
      let hung: number | undefined;
      const { site, workers, next } = await killed(t, { ...options, workers: 2 }, async (drover) => {
        const one = await visit(target);
        hung = one.pid;
        void one.client.request({ path: "/busy?ms=3600000", boundMs: 60_000 });
        const { client } = await until(async () => {
          const other = await visit(target);
          return other.pid !== undefined && other.pid !== hung && other;
        }, "the other worker's answer");
        slow = client.request({ path: "/slow?ms=3000", boundMs: 30_000 });
        assert.equal(drover.workers().size, 2);
      });
      const { pids, msg } = await next.log.event("orphans-killed");
      assert.match(String(msg), new RegExp(`still held by .*primary \\(pid ${site.pid}\\).*: killed pid ${hung}$`));
      assert.deepEqual(pids, [hung]);
      await next.log.event("ready");
      assert.equal((await request(target)).response?.status, 200);
      assert.equal((await slow)?.outcome, "ok");
      await until(() => !workers.some(isAlive), "the orphans to end");
      await next.stop();
      assert.deepEqual(readdirSync(join(site.home, "run")), []);
    });
  }

  test("leaves one that hangs to whoever starts next, at whatever address: it is ended with the drain timeout", async (t) => {
    const flags = ["--drain-timeout", "300ms"];
    const { workers, next } = await killed(t, { flags, workers: 1 }, (drover) => {
      const [pid = 0] = drover.workers().values();
      kill(pid, "SIGSTOP");
      return until(() => isStopped(pid), "the hang");
    });
    assert.deepEqual((await next.log.event("orphans-killed"))["pids"], workers);
    await until(() => !workers.some(isAlive), "the orphan to end");
  });
});

const WORKERS = 2;
const REQUESTS = 200;
const LOAD_MS = 60_000;

async function killDetached(t: TestContext, transport: Transport, times: number): Promise<void> {
  const { env = {} } = transport.serve();
  const shop = await startInBackground(t, app("http.js"), ["-w", String(WORKERS)], env);
  const load = startLoad(t, transport.target(shop), { path: "/slow?ms=5" });
  const descriptors: number[] = [];
  let { primary, processes } = await shop.leads();
  for (let count = 0; count < times; count += 1) {
    const before = load.samples.length;
    await until(() => load.samples.length > before + REQUESTS, "the load to be under way", LOAD_MS);
    // As if the first one to be elected had died before it could do anything.
    if (count === 1) assert.ok(elect(shop.record, primary, 1, { pid: 1, start: "never", slot: 1 }));
    kill(primary.pid, "SIGKILL");
    const orphans = processes;
    ({ primary, processes } = await shop.leads(primary.pid));
    await until(() => !orphans.some(({ pid }) => isAlive(pid)), "the orphans to end", LOAD_MS);
    descriptors.push(descriptorsOf(primary.pid));
  }
  const samples = await load.stop();
  record({
    fault: `kill -9 of a primary in the background under load, ${times} times${transport.over}`,
    sent: samples.length,
    lost: load.failures.length,
    note: "none: its workers serve on until a successor has workers of its own",
  });
  assert.equal(describe(load.failures), "", `of ${samples.length} requests`);
  const told = shop.events("primary-succeeded").map(({ msg }) => String(msg));
  assert.equal(told.length, times);
  for (const text of told)
    assert.match(
      text,
      /^the primary \(pid \d+\) has died: worker [12] \(pid \d+\) started this one, and 2 workers hand over/,
    );
  const { generation, pid, detached } = JSON.parse(
    (await shop.starter.verb("status", "shop", "--json")).stdout,
  ) as Snapshot;
  assert.deepEqual([generation, pid, detached], [times + 1, primary.pid, true]);
  await shop.stop();
  await until(() => readdirSync(join(shop.record, "..")).length === 0, "an empty run folder");
  assert.ok(Math.max(...descriptors) - Math.min(...descriptors) <= 3, `descriptors: ${descriptors.join(", ")}`);
}

suite("a primary in the background that is killed", () => {
  for (const transport of LONG ? [...transports, ...exported] : transports.slice(0, 1)) {
    const times = !LONG ? 2 : transport.name === "http" ? 10 : 3;
    test(`under load costs no request, ${times} times${transport.over}`, (t) => killDetached(t, transport, times));
  }

  test("has workers that serve on while the configuration asks for a taken address, until a successor can start", async (t) => {
    const [port, other] = [await steadyPort(), createServer().listen(0, "127.0.0.1")];
    t.after(() => other.close());
    await once(other, "listening");
    const config = join(temporaryFolder(t), "drover.config.json");
    const listenOn = (port: number): void => writeFileSync(config, JSON.stringify({ listen: [`127.0.0.1:${port}`] }));
    listenOn(port);
    const shop = await startInBackground(t, app("http.js"), ["-w", "2", "-c", config]);
    const { primary, processes } = await shop.leads();
    listenOn((other.address() as AddressInfo).port);
    kill(primary.pid, "SIGKILL");
    const { code, msg } = await shop.event("cannot-succeed");
    assert.equal(code, "ADDRESS_IN_USE");
    assert.match(
      String(msg),
      /^this primary cannot take the place of the one that has died: 127\.0\.0\.1:\d+ is in use/,
    );
    assert.equal((await request({ port })).outcome, "ok");
    assert.ok(processes.every(({ pid }) => isAlive(pid)));
    other.close();
    listenOn(port);
    await shop.event("ready", 2);
    await until(() => !processes.some(({ pid }) => isAlive(pid)), "the orphans to end");
    assert.equal((await request({ port })).outcome, "ok");
    await shop.stop();
  });

  test("has workers that serve on after a start by hand that fails, and are succeeded all the same", async (t) => {
    const shop = await startInBackground(t, app("http.js"), ["-w", "2"]);
    const { primary, processes } = await shop.leads();
    const self = nameProcess(process.pid);
    // The workers wait for what this process does.
    assert.ok(self && elect(shop.record, primary, 1, { ...self, slot: 1 }));
    kill(primary.pid, "SIGKILL");
    const other = createServer().listen(0, "127.0.0.1");
    t.after(() => other.close());
    await once(other, "listening");
    const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const failed = await shop.starter.verb("start", app("http.js"), "--name", "shop", "--listen", taken);
    assert.match(failed.stderr, /ADDRESS_IN_USE/);
    assert.ok(processes.every(({ pid }) => isAlive(pid)));
    await shop.event("ready", 2);
    assert.equal((await request({ port: shop.port })).outcome, "ok");
    await until(() => !processes.some(({ pid }) => isAlive(pid)), "the orphans to end");
    await shop.stop();
  });

  test("has no successor after a stop has begun", async (t) => {
    const shop = await startInBackground(t, app("http.js"), ["-w", "2", "--drain-timeout", "2s"]);
    const { primary, processes } = await shop.leads();
    const slow = request({ port: shop.port }, { path: "/slow?ms=1000" });
    await request({ port: shop.port });
    kill(primary.pid, "SIGTERM");
    await until(() => readRecord(shop.record)?.succession === null, "the stop");
    kill(primary.pid, "SIGKILL");
    assert.equal((await slow).outcome, "ok");
    await until(() => !processes.some(({ pid }) => isAlive(pid)), "the orphans to end");
    assert.deepEqual(shop.events("primary-succeeded"), []);
    assert.equal((await request({ port: shop.port })).outcome, "refused");
  });
});
