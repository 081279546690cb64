import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { start as startDrover } from "drover";
import { createCertificate } from "../support/certificate.ts";
import { bodyOf, request } from "../support/client.ts";
import { launch, start, type Drover, type DroverOptions } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { kill } from "../support/proc.ts";
import { until } from "../support/wait.ts";

const CONDITIONS: readonly [name: string, flags: readonly string[]][] = [
  ["--wait-ready", ["--wait-ready"]],
  ["--probe", ["--probe", "/healthz"]],
  ["both", ["--wait-ready", "--probe", "/healthz"]],
];

interface Listening {
  readonly slot: number;
  readonly pid: number;
  readonly port: number;
}

/** The app of that slot has opened its server, as far as it can tell. */
async function listening(drover: Drover, slot: number): Promise<Listening> {
  const says = /^listening at (\d+)$/;
  const line = await drover.log.find("the app's line", (one) => one.slot === slot && says.test(one.msg ?? ""));
  return { slot, pid: line.pid ?? 0, port: Number(says.exec(line.msg ?? "")?.[1]) };
}

function run(t: TestContext, flags: readonly string[], options: DroverOptions = {}): Drover {
  return launch(t, app("readiness/on-signal.js"), { workers: 1, ...options, flags });
}

async function nobodyAnswers(port: number): Promise<void> {
  assert.equal((await request({ port })).outcome, "refused");
}

async function whoAnswers(port: number): Promise<number> {
  return (bodyOf(await request({ port })) as { pid: number }).pid;
}

for (const [name, flags] of CONDITIONS) {
  suite(`with ${name}, an app that listens and is not ready`, () => {
    test("sees no client before it is", async (t) => {
      const drover = run(t, flags);
      const { pid, port } = await listening(drover, 1);
      await nobodyAnswers(port);
      assert.equal(drover.log.events("listening").length, 0, "nor does the log say that it listens");
      kill(pid, "SIGUSR2");
      const ready = await drover.log.event("ready");
      assert.equal(ready["url"], `http://localhost:${port}`);
      assert.equal(await whoAnswers(port), pid);
    });

    test("leaves all clients to a worker that is", async (t) => {
      const drover = run(t, flags, { workers: 2 });
      const [first, second] = [await listening(drover, 1), await listening(drover, 2)];
      kill(first.pid, "SIGUSR2");
      await drover.log.event("worker-ready", ({ slot }) => slot === 1);
      const clients = await Promise.all(Array.from({ length: 40 }, () => whoAnswers(first.port)));
      assert.deepEqual([...new Set(clients)], [first.pid]);
      kill(second.pid, "SIGUSR2");
      await drover.log.event("ready");
      const hasAnswered = async (): Promise<boolean> => (await whoAnswers(first.port)) === second.pid;
      await until(hasAnswered, "an answer of the second worker");
    });

    test("leaves at once when it is told to stop", async (t) => {
      const drover = run(t, flags);
      await listening(drover, 1);
      assert.deepEqual(await drover.stop(), { code: 0, signal: null });
      assert.equal(drover.log.events("stopped")[0]?.["killed"], 0);
    });
  });
}

suite("an app that does not get ready in time", () => {
  const NEVER: readonly [flags: readonly string[], entry: string, missing: string][] = [
    [["--wait-ready"], "readiness/on-signal.js", 'it listens, but has not said process.send("ready")'],
    [
      ["--wait-ready", "--no-listen"],
      "readiness/background.js",
      'it has loaded, but has not said process.send("ready")',
    ],
    [["--probe", "/healthz"], "readiness/on-signal.js", "GET /healthz answered 503"],
    [["--probe", "/nowhere"], "http.js", "GET /nowhere answered 404"],
    [["--probe", "/"], "net.js", "GET / could not be asked: the app has opened no HTTP server"],
  ];
  for (const [flags, entry, missing] of NEVER) {
    test(`${flags.join(" ")}: the error says ${missing}`, async (t) => {
      const drover = launch(t, app(entry), { workers: 1, flags: [...flags, "--boot-timeout", "1500ms"] });
      assert.deepEqual(await drover.exit, { code: 3, signal: null });
      const says = `not ready 1.5 s after its start, so it was killed: ${missing}`;
      assert.equal(drover.log.events("worker-died")[0]?.["reason"], says);
      assert.ok(drover.log.tail().includes(`${says} [APP_BOOT_TIMEOUT]`), drover.log.tail());
      assert.match(drover.log.tail(), /--boot-timeout, or start it without --wait-ready and --probe/);
    });
  }
});

suite('process.send("ready")', () => {
  test("counts when it comes before listen()", async (t) => {
    const drover = await start(t, app("readiness/early.js"), { flags: ["--wait-ready"] });
    await whoAnswers(drover.port);
  });

  test("still reaches the program that started Drover, as often as it is said", async (t) => {
    const entry = app("readiness/early.js");
    const log = { level: "silent" } as const;
    const drover = await startDrover({ entry, port: 0, workers: 1, waitReady: true, log });
    t.after(() => drover.stop());
    const heard: unknown[] = [];
    drover.on("message", (message) => heard.push(message));
    drover.send(1, "again");
    drover.send(1, "and again");
    await until(() => heard.length === 2, "two messages");
    assert.deepEqual(heard, ["ready", "ready"]);
  });

  test("makes a background worker ready, which meanwhile has nothing to do", async (t) => {
    const drover = launch(t, app("readiness/background.js"), { workers: 1, flags: ["--no-listen", "--wait-ready"] });
    const loaded = await drover.log.find("the app's line", (line) => line.msg === "loaded");
    assert.equal(drover.log.events("worker-ready").length, 0);
    kill(loaded.pid ?? 0, "SIGUSR2");
    await drover.log.event("ready");
  });
});

suite("a probe", () => {
  test("is the app's to see, and nobody else's", async (t) => {
    const drover = run(t, ["--probe", "/healthz", "--access-log"]);
    const { pid, port } = await listening(drover, 1);
    kill(pid, "SIGUSR2");
    await drover.log.event("ready");
    const { probes } = bodyOf(await request({ port })) as { probes: readonly string[] };
    assert.deepEqual([...new Set(probes)], ["drover-probe"]);
    await drover.stop();
    const logged = drover.log.lines.filter((line) => line.raw.includes('"request"'));
    assert.equal(logged.length, 1, drover.log.tail());
  });

  test("does not count as an answered request when the worker dies", async (t) => {
    const drover = await start(t, app("http.js"), { workers: 1, flags: ["--probe", "/"] });
    kill(drover.workers().get(1) ?? 0, "SIGKILL");
    const delayed = await drover.log.event("worker-restart-delayed");
    assert.equal(delayed["failures"], 1);
  });

  test("that makes the app fail is a failed boot, with the app's error", async (t) => {
    const drover = launch(t, app("http.js"), { workers: 1, flags: ["--probe", "/throw"] });
    assert.deepEqual(await drover.exit, { code: 3, signal: null });
    assert.match(drover.log.tail(), /thrown in a handler/);
  });

  const { key, cert } = createCertificate();
  const env = { TEST_TLS_KEY: key, TEST_TLS_CERT: cert };
  for (const entry of ["https.js", "http2.js", "h2c.js", "fastify-export.js", "forms/handler-default.js", "nest.js"]) {
    test(`asks ${entry} in its own protocol`, async (t) => {
      const drover = await start(t, app(entry), { env, flags: ["--probe", "/"] });
      assert.equal(drover.workers().size, 2);
    });
  }

  test("holds while an app that is served from its export changes over to its own listen", async (t) => {
    const flags = ["--probe", "/slow?ms=200"];
    const drover = await start(t, app("sockets/late-listen.js"), { flags, env: { CONNECT_MS: "100" } });
    await whoAnswers(drover.port);
  });
});
