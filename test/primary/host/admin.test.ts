import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { openAdmin, type Admin } from "../../../src/primary/host/admin.ts";
import { Connection, request } from "../../support/client.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { HEALTHY } from "../../support/health.ts";
import { leaveStaleSocket } from "../../support/stale-socket.ts";
import { until, within } from "../../support/wait.ts";

const SOURCES = { health: () => HEALTHY, metrics: () => Promise.resolve("up 1\n") };

async function open(t: TestContext, written: string, facts = () => HEALTHY): Promise<Admin> {
  const admin = await openAdmin(written, { ...SOURCES, health: facts });
  t.after(() => admin.close());
  return admin;
}

function portOf({ url }: Admin): number {
  return Number(new URL(url).port);
}

suite("the health endpoints are", () => {
  test("on loopback for a bare port", async (t) => {
    const admin = await open(t, "0");
    assert.match(admin.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const { response } = await request({ port: portOf(admin) }, { path: "/up" });
    assert.deepEqual([response?.status, response?.body.toString()], [200, "ok\n"]);
  });

  test("on all addresses where that is written", async (t) => {
    assert.match((await open(t, "*:0")).url, /^http:\/\/localhost:\d+$/);
  });

  test("on a unix socket, whose file goes with them", async (t) => {
    const path = join(temporaryFolder(t), "admin.sock");
    const admin = await openAdmin(`unix:${path}`, SOURCES);
    assert.equal(admin.url, `unix:${path}`);
    assert.equal((await request({ path }, { path: "/up" })).response?.status, 200);
    await admin.close();
    assert.equal(existsSync(path), false);
  });

  test("on a unix socket that a killed process has left behind", async (t) => {
    const path = join(temporaryFolder(t), "admin.sock");
    await leaveStaleSocket(path);
    await open(t, `unix:${path}`);
    assert.equal((await request({ path }, { path: "/up" })).response?.status, 200);
  });

  test("not on an address that is taken, and the error says by whom", async (t) => {
    const stranger = createServer().listen(0, "127.0.0.1");
    await once(stranger, "listening");
    t.after(() => stranger.close());
    const { port } = stranger.address() as AddressInfo;
    const refused = { code: "ADDRESS_IN_USE", message: new RegExp(`health endpoints .*127.0.0.1:${port} is in use`) };
    await assert.rejects(openAdmin(String(port), SOURCES), refused);
  });

  test("not on a unix socket that somebody answers on", async (t) => {
    const path = join(temporaryFolder(t), "admin.sock");
    await open(t, `unix:${path}`);
    await assert.rejects(open(t, `unix:${path}`), { code: "ADDRESS_IN_USE" });
  });
});

suite("the metrics are", () => {
  test("beside them, in Prometheus' own content type", async (t) => {
    const port = portOf(await open(t, "0"));
    const { response } = await request({ port }, { path: "/metrics" });
    assert.deepEqual([response?.status, response?.body.toString()], [200, "up 1\n"]);
    assert.equal(response?.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.equal((await request({ port }, { path: "/metrics", method: "POST" })).response?.status, 405);
  });

  test("no reason to fall silent: what could not be gathered is said", async (t) => {
    const admin = await openAdmin("0", { ...SOURCES, metrics: () => Promise.reject(new Error("no luck")) });
    t.after(() => admin.close());
    const { response } = await request({ port: portOf(admin) }, { path: "/metrics" });
    assert.deepEqual(
      [response?.status, response?.body.toString()],
      [503, "the metrics could not be gathered: no luck\n"],
    );
  });
});

suite("the health endpoints", () => {
  test("answer HEAD without a body, and 503 when they say no", async (t) => {
    const admin = await open(t, "0", () => ({ ...HEALTHY, stopping: true }));
    const answer = await fetch(`${admin.url}/readyz`, { method: "HEAD" });
    assert.deepEqual([answer.status, answer.headers.get("content-length"), await answer.text()], [503, "16", ""]);
  });

  test("see the facts of the moment", async (t) => {
    let ready = 0;
    const admin = await open(t, "0", () => ({ ...HEALTHY, ready }));
    assert.equal((await fetch(`${admin.url}/up`)).status, 503);
    ready = 1;
    assert.equal((await fetch(`${admin.url}/up`)).status, 200);
  });

  test("keep no connection, answer no garbage and wait for no slow client", async (t) => {
    const port = portOf(await open(t, "0"));
    const kept = new Connection({ port });
    assert.equal((await kept.request({ path: "/up" })).response?.headers.get("connection"), "close");
    await until(() => kept.ended, "the answered connection to be closed");
    for (const bytes of [
      "",
      "GET /up HTTP/1.1\r\nHost: a\r\n",
      `GET /${"x".repeat(8192)} HTTP/1.1\r\n`,
      "\x16\x03\x01garbage",
    ]) {
      const slow = new Connection({ port });
      await slow.opened();
      slow.socket.resume().write(bytes);
      await within(once(slow.socket, "close"), `the end of a connection that sent ${bytes.slice(0, 20)}`);
    }
    assert.equal((await request({ port }, { path: "/up" })).response?.status, 200);
  });

  test("hold a hundred connections and no more, and are there again when those have gone", async (t) => {
    const port = portOf(await open(t, "0"));
    const silent = Array.from({ length: 100 }, () => new Connection({ port }));
    t.after(() => silent.forEach((connection) => connection.close()));
    await Promise.all(silent.map((connection) => connection.opened()));
    assert.notEqual((await request({ port }, { path: "/up" })).outcome, "ok");
    silent.forEach((connection) => connection.close());
    await until(async () => (await request({ port }, { path: "/up" })).response?.status === 200, "an answer");
  });
});
