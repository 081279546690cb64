import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { Snapshot } from "../../src/protocol/control.ts";
import { request, type Target } from "../support/client.ts";
import { launch, start, type Drover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { kill } from "../support/proc.ts";
import { until } from "../support/wait.ts";

const OK = { code: 0, signal: null };
const ENDPOINTS = ["/livez", "/startupz", "/readyz", "/up"] as const;

async function adminOf(drover: Drover): Promise<Target> {
  const { url } = await drover.log.event("admin-listening");
  return { port: Number(new URL(String(url)).port) };
}

async function statuses(admin: Target): Promise<(number | undefined)[]> {
  const answers = await Promise.all(ENDPOINTS.map((path) => request(admin, { path })));
  return answers.map(({ response }) => response?.status);
}

suite("the health endpoints", () => {
  test("are there while the first workers boot, and say no but for livez", async (t) => {
    const drover = launch(t, app("supervision/boot-hangs.js"), { flags: ["--admin", "0"] });
    const admin = await adminOf(drover);
    assert.deepEqual(await statuses(admin), [200, 503, 503, 503]);
    drover.signal("SIGQUIT");
    await drover.exit;
  });

  test("say yes when every worker is ready, and the app keeps its own paths", async (t) => {
    const drover = await start(t, app("http.js"), { flags: ["--admin", "0"] });
    assert.deepEqual(await statuses(await adminOf(drover)), [200, 200, 200, 200]);
    assert.equal((await request({ port: drover.port }, { path: "/readyz" })).response?.status, 404);
  });

  test("tell readiness below the quorum from a site that is up", async (t) => {
    const flags = ["--admin", "0", "--quorum", "2", "--restart", "never"];
    const drover = await start(t, app("http.js"), { flags });
    const admin = await adminOf(drover);
    kill(drover.workers().get(1) ?? 0, "SIGKILL");
    await drover.log.event("worker-died");
    assert.deepEqual(await statuses(admin), [200, 200, 503, 200]);
    const { response } = await request(admin, { path: "/readyz?verbose" });
    assert.match(response?.body.toString() ?? "", /^\[-\]workers failed: 1 of 2 ready, at least 2 needed$/m);
  });

  test("say no between drain and undrain, while the app serves everybody", async (t) => {
    const drover = await start(t, app("http.js"), { flags: ["--admin", "0"] });
    const admin = await adminOf(drover);
    assert.equal((await drover.verb("drain")).code, 0);
    assert.deepEqual(await statuses(admin), [200, 200, 503, 503]);
    assert.equal((await request({ port: drover.port })).outcome, "ok");
    assert.equal((await drover.verb("undrain")).code, 0);
    assert.deepEqual(await statuses(admin), [200, 200, 200, 200]);
  });

  test("are where status says", async (t) => {
    const drover = await start(t, app("http.js"), { flags: ["--admin", "0"] });
    const { stdout } = await drover.verb("status", "--json");
    const { admin } = JSON.parse(stdout) as Snapshot;
    assert.equal(admin, (await drover.log.event("admin-listening"))["url"]);
  });

  test("say no at once after TERM, while the app still serves newcomers", async (t) => {
    const drover = await start(t, app("http.js"), { flags: ["--admin", "0", "--lameduck-timeout", "2s"] });
    const admin = await adminOf(drover);
    drover.signal("SIGTERM");
    await drover.log.event("lameduck");
    assert.deepEqual(await statuses(admin), [200, 200, 503, 503]);
    const { response } = await request(admin, { path: "/readyz" });
    assert.equal(response?.body.toString(), "lameduck: told to stop\n");
    assert.equal((await request({ port: drover.port })).outcome, "ok");
    assert.deepEqual(await drover.exit, OK);
  });

  test("answer through the whole drain, and go with the process", async (t) => {
    const path = join(temporaryFolder(t), "admin.sock");
    const drover = await start(t, app("http.js"), { workers: 1, flags: ["--admin", `unix:${path}`] });
    const slow = request({ port: drover.port }, { path: "/slow?ms=1500" });
    await request({ port: drover.port });
    drover.signal("SIGTERM");
    await drover.log.event("stopping");
    await until(async () => (await request({ port: drover.port })).outcome === "refused", "newcomers to be refused");
    assert.deepEqual(await statuses({ path }), [200, 200, 503, 503]);
    assert.equal((await slow).response?.status, 200);
    assert.deepEqual(await drover.exit, OK);
    assert.equal(existsSync(path), false);
  });

  test("on an address that is taken keep the app from starting, before its first worker", async (t) => {
    const stranger = createServer().listen(0, "127.0.0.1");
    await once(stranger, "listening");
    t.after(() => stranger.close());
    const { port } = stranger.address() as AddressInfo;
    const drover = launch(t, app("http.js"), { flags: ["--admin", String(port)] });
    assert.deepEqual(await drover.exit, { code: 1, signal: null });
    await drover.log.find(
      "the error",
      ({ raw }) => raw.includes("ADDRESS_IN_USE") && raw.includes(`127.0.0.1:${port}`),
    );
    await drover.log.find("what to do", ({ raw }) => raw.includes("--admin"));
    assert.deepEqual(drover.log.events("worker-started"), []);
  });
});

suite("the time a stop may take", () => {
  const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1" };

  test("is warned of once where the platform grants less", async (t) => {
    const drover = await start(t, app("http.js"), { env, flags: ["--drain-timeout", "40s"] });
    const [line, ...more] = drover.log.events("grace-too-short");
    assert.deepEqual([line?.["neededMs"], line?.["grantedMs"], more], [46_000, 30_000, []]);
    drover.signal("SIGQUIT");
    await drover.exit;
  });

  test("fits into Kubernetes by default", async (t) => {
    const drover = await start(t, app("http.js"), { env });
    assert.deepEqual(drover.log.events("grace-too-short"), []);
    drover.signal("SIGQUIT");
    await drover.exit;
  });
});
