import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { bodyOf, request } from "../support/client.ts";
import { start, type DroverOptions, type ReadyDrover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { openNotifySocket, type NotifySocket } from "../support/notify-socket.ts";
import { need } from "../support/tools.ts";
import { until } from "../support/wait.ts";

interface Service {
  readonly systemd: NotifySocket;
  readonly drover: ReadyDrover;
}

function nowUsec(): bigint {
  return process.hrtime.bigint() / 1000n;
}

/** An app whose service manager is this test. */
async function serve(t: TestContext, options: DroverOptions = {}, entry = app("http.js")): Promise<Service> {
  const systemd = await openNotifySocket(t);
  const env = { NOTIFY_SOCKET: systemd.path, ...options.env };
  return { systemd, drover: await start(t, entry, { ...options, env }) };
}

function canNotify(t: TestContext): boolean {
  return need(t, "systemd-notify", "systemd") && need(t, "perl", "perl-base");
}

suite("systemd hears", () => {
  test("that the app is ready, whom to watch and how it does", async (t) => {
    if (!canNotify(t)) return;
    const { systemd, drover } = await serve(t);
    const ready = await systemd.find("READY=1");
    assert.deepEqual(ready, {
      READY: "1",
      MAINPID: String(drover.pid),
      STATUS: "2 of 2 workers ready, generation 1",
    });
  });

  test("that it is not ready before all first workers are", async (t) => {
    if (!canNotify(t)) return;
    const { systemd, drover } = await serve(t);
    await systemd.find("READY=1");
    const [first] = systemd.messages();
    assert.equal(first?.["STATUS"], "0 of 2 workers ready, generation 1");
    assert.deepEqual(drover.log.events("notify-failed"), []);
  });

  test("of a worker that is missing", async (t) => {
    if (!canNotify(t)) return;
    const { systemd, drover } = await serve(t, { flags: ["--restart", "never"] });
    await systemd.find("READY=1");
    await request({ port: drover.port }, { path: "/exit?code=1" });
    await systemd.find("STATUS=1 of 2 workers ready, generation 1");
  });

  test("when a reload begins, by a clock that is younger than its signal, and when it ends", async (t) => {
    if (!canNotify(t)) return;
    const { systemd, drover } = await serve(t, { flags: ["--probation", "0"] });
    await systemd.find("READY=1");
    const signalled = nowUsec();
    drover.signal("SIGHUP");
    const reloading = await systemd.find("RELOADING=1");
    const said = BigInt(reloading["MONOTONIC_USEC"] ?? 0);
    assert.ok(signalled <= said && said <= nowUsec(), `${signalled} <= ${said}`);
    const began = systemd.messages().findIndex((message) => "RELOADING" in message);
    const ended = await systemd.find("READY=1", began);
    assert.equal(ended["STATUS"], "2 of 2 workers ready, generation 2");
  });

  test("that a reload which changed nothing has ended too", async (t) => {
    if (!canNotify(t)) return;
    const folder = temporaryFolder(t);
    const config = join(folder, "drover.config.json");
    writeFileSync(config, "{}");
    const { systemd, drover } = await serve(t, { cwd: folder });
    await systemd.find("READY=1");
    writeFileSync(config, '{ "prot": 1 }');
    drover.signal("SIGHUP");
    await systemd.find("RELOADING=1");
    const failed = "2 of 2 workers ready, generation 1, the last reload failed";
    assert.equal((await systemd.find(`STATUS=${failed}`))["READY"], "1");
  });

  test("that it stops, and how long that may take, before the first worker leaves", async (t) => {
    if (!canNotify(t)) return;
    const flags = ["--lameduck-timeout", "1s", "--drain-timeout", "4s"];
    const { systemd, drover } = await serve(t, { flags });
    await systemd.find("READY=1");
    drover.signal("SIGTERM");
    const stopping = await systemd.find("STOPPING=1");
    assert.deepEqual(stopping, {
      STOPPING: "1",
      EXTEND_TIMEOUT_USEC: "6000000",
      STATUS: "2 of 2 workers ready, generation 1, lameduck",
    });
    assert.deepEqual(drover.log.events("worker-left"), []);
    assert.deepEqual(await drover.exit, { code: 0, signal: null });
  });

  test("a sign of life twice in the time it allows", async (t) => {
    if (!canNotify(t)) return;
    const { systemd } = await serve(t, { env: { WATCHDOG_USEC: "500000" } });
    const signs = () => systemd.messages().filter((message) => message["WATCHDOG"] === "1");
    await until(() => signs().length >= 4, "four signs of life");
  });

  test("no sign of life that it expects of another process", async (t) => {
    if (!canNotify(t)) return;
    const { systemd, drover } = await serve(t, { env: { WATCHDOG_USEC: "20000", WATCHDOG_PID: "1" } });
    await systemd.find("READY=1");
    await drover.stop();
    await systemd.find("STOPPING=1");
    assert.deepEqual(
      systemd.messages().filter((message) => "WATCHDOG" in message),
      [],
    );
  });
});

test("without systemd-notify the app is served, and one warning says why systemd hears nothing", async (t) => {
  const env = { NOTIFY_SOCKET: "/nowhere/notify", WATCHDOG_USEC: "20000", PATH: temporaryFolder(t) };
  const drover = await start(t, app("http.js"), { env });
  const line = await drover.log.event("notify-failed");
  assert.match(line.msg ?? "", /no systemd-notify here.*package systemd.*Type=exec/);
  assert.ok(bodyOf(await request({ port: drover.port })));
  await drover.stop();
  assert.equal(drover.log.events("notify-failed").length, 1);
});

test("no child of the app can speak for the service", async (t) => {
  const env = { NOTIFY_SOCKET: "/nowhere/notify", WATCHDOG_USEC: "60000000", WATCHDOG_PID: "1" };
  const drover = await start(t, app("sockets/child-of-app.js"), { env });
  const { variables } = bodyOf(await request({ port: drover.port })) as { variables: string[] };
  assert.deepEqual(variables, []);
});
