import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { request } from "../support/client.ts";
import { launch, start, type DroverOptions, type ReadyDrover } from "../support/drover.ts";
import { app, steadyPort, temporaryFolder } from "../support/fixture.ts";
import { isAlive, isStopped, kill } from "../support/proc.ts";
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
        const [first, second] = [...drover.workers().values()];
        void request(target, { path: "/busy?ms=3600000", boundMs: 60_000 });
        const other = Number((await request(target)).response?.headers.get("x-pid"));
        hung = first === other ? second : first;
        slow = request(target, { path: "/slow?ms=3000", boundMs: 30_000 });
        await request(target);
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
