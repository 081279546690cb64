import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { StandIn, type Speech } from "../../src/primary/beside/stand-in.ts";
import type { Listener } from "../../src/primary/sockets/listeners.ts";
import type { Log } from "../../src/telemetry/log.ts";
import { createSelfSigned } from "../support/certificates.ts";
import { Connection, request } from "../support/client.ts";
import { start, type DroverOptions, type ReadyDrover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { ask, openSession } from "../support/http2-session.ts";
import type { LogLine } from "../support/log-reader.ts";
import { acceptedFrom, isAlive, kill } from "../support/proc.ts";
import { overHttp } from "../support/roll-call.ts";
import { until, within } from "../support/wait.ts";

type Environment = Readonly<Record<string, string>>;

interface Beside {
  readonly drover: ReadyDrover;
  /** Of the module. */
  readonly pid: number;
}

async function besideWorkers(t: TestContext, file: string, drain: string, env: Environment = {}): Promise<Beside> {
  const flags = ["--primary-module", app(`beside/${file}`), "--drain-timeout", drain];
  const options: DroverOptions = { workers: 1, flags, env };
  const drover = await start(t, app("http.js"), options);
  const { pid = 0 } = await said(drover, "beside runs");
  return { drover, pid };
}

function said(drover: ReadyDrover, line: string): Promise<LogLine> {
  return drover.log.find(`"${line}"`, ({ msg }) => msg === line);
}

/** A request that keeps its worker draining for longer than any test takes. */
async function keepBusy({ port }: ReadyDrover): Promise<void> {
  void request({ port }, { path: "/slow?ms=600000" });
  // It is in the worker once this one has answered what was sent after it.
  await overHttp({ port })();
}

suite("a primaryModule", () => {
  test("is told to leave when the stop begins, while the workers still drain", async (t) => {
    const { drover, pid } = await besideWorkers(t, "polite.js", "60s");
    const worker = drover.workers().get(1) ?? 0;
    await keepBusy(drover);
    drover.signal("SIGTERM");
    await said(drover, "cleaned up");
    await until(() => !isAlive(pid), "the module to leave");
    assert.equal(isAlive(worker), true);
    assert.deepEqual(await drover.stop("SIGQUIT"), { code: 0, signal: null });
  });

  test("has the same drain timeout as the workers, not one after theirs", async (t) => {
    const { drover } = await besideWorkers(t, "stubborn.js", "3s");
    await keepBusy(drover);
    const before = performance.now();
    await drover.stop("SIGTERM");
    const took = performance.now() - before;
    assert.ok(took > 2900 && took < 5500, `took ${took} ms`);
    assert.ok(drover.log.events("primary-module-killed").length > 0);
  });

  test("is killed by a stop that cannot wait", async (t) => {
    const { drover } = await besideWorkers(t, "stubborn.js", "600s");
    assert.deepEqual(await drover.stop("SIGQUIT"), { code: 0, signal: null });
  });

  test("ends when the primary was killed", async (t) => {
    const { drover, pid } = await besideWorkers(t, "plain.js", "600s");
    kill(drover.pid, "SIGKILL");
    await until(() => !isAlive(pid), "the module to end");
  });

  test("cleans up as it would at a stop when the primary was killed", async (t) => {
    const left = join(temporaryFolder(t), "left");
    const { drover, pid } = await besideWorkers(t, "polite.js", "600s", { LEFT_FILE: left });
    kill(drover.pid, "SIGKILL");
    await until(() => !isAlive(pid), "the module to end");
    assert.equal(existsSync(left), true);
  });

  test("stays no longer than the drain timeout when the primary was killed", async (t) => {
    const { drover, pid } = await besideWorkers(t, "stubborn.js", "1s");
    kill(drover.pid, "SIGKILL");
    await until(() => !isAlive(pid), "the module to end");
  });

  test("hands nothing of ours to the processes it forks, by itself or from a thread", async (t) => {
    const flags = ["--primary-module", app("beside/parent.js")];
    const drover = await start(t, app("http.js"), { workers: 1, flags });
    for (const from of ["main", "thread"]) {
      const line = await drover.log.find(from, ({ msg }) => msg?.includes(`"from":"${from}"`) ?? false);
      const { execArgv, nodeOptions, listeners } = JSON.parse(line.msg?.replace("forked ", "") ?? "");
      assert.deepEqual({ execArgv, nodeOptions, listeners }, { execArgv: [], nodeOptions: null, listeners: 0 });
    }
  });
});

const SPEECH: Speech = {
  tls: null,
  http2: "off",
  state: {
    serial: 1,
    tickets: { keys: "", context: "" },
    certificates: [],
    clientCa: [],
    challenges: { http01: {}, alpn01: {} },
  },
};

/** An app whose only worker has died and cannot come back, with its stand-in's pid. */
async function withStandIn(
  t: TestContext,
  flags: readonly string[] = [],
): Promise<{ drover: ReadyDrover; pid: number }> {
  const broken = join(temporaryFolder(t), "broken");
  const drover = await start(t, app("supervision/boot-fails-later.js"), {
    workers: 1,
    flags,
    env: { BROKEN_FILE: broken },
  });
  writeFileSync(broken, "");
  kill(drover.workers().get(1) ?? 0, "SIGKILL");
  await drover.log.event("stand-in-started");
  return { drover, pid: await standInOf(drover) };
}

function standInOf({ pid }: ReadyDrover): Promise<number> {
  const isStandIn = (one: number): boolean =>
    new RegExp(`\\) \\w ${pid} `).test(readOrEmpty(`/proc/${one}/stat`)) &&
    readOrEmpty(`/proc/${one}/cmdline`).includes("worker/stand-in");
  return until(() => readdirSync("/proc").map(Number).find(isStandIn), "the stand-in's process");
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

async function answers503({ port }: ReadyDrover): Promise<void> {
  assert.equal((await request({ port })).response?.status, 503);
}

suite("a stand-in", () => {
  test("that dies has a successor, a second after its own start at the earliest", async (t) => {
    const { drover, pid } = await withStandIn(t);
    kill(pid, "SIGKILL");
    await drover.log.event("stand-in-died");
    await answers503(drover);
    const starts = drover.log.events("stand-in-started").map(({ time }) => Number(time));
    assert.equal(starts.length, 2);
    assert.ok((starts[1] ?? 0) - (starts[0] ?? 0) >= 900, `started at ${starts.join(" and ")}`);
    await drover.stop();
    assert.equal(drover.log.events("stand-in-died").length, 1);
  });

  test("that cannot even be started counts as dead, and only after a second", async () => {
    const events: string[] = [];
    const say = (event: string): void => void events.push(event);
    const log: Log = { debug: say, info: say, warn: say, error: say, flush: () => Promise.resolve() };
    const noDescriptor = { handle: { fd: 1_000_000 } } as unknown as Listener;
    const before = performance.now();
    await within(
      new Promise<void>((resolve) => {
        void new StandIn([noDescriptor], SPEECH, log, { running: (up) => say(`running ${up}`), died: resolve });
      }),
      "the end of the stand-in",
    );
    assert.ok(performance.now() - before >= 990);
    assert.deepEqual(events, ["stand-in-died"]);
  });

  test("ends when the primary was killed, also with an idle client connected", async (t) => {
    const { drover, pid } = await withStandIn(t);
    await answers503(drover);
    const { socket } = new Connection({ port: drover.port });
    t.after(() => socket.destroy());
    await once(socket, "connect");
    await until(() => acceptedFrom(pid, drover.port).size > 0, "the idle client to be accepted");
    kill(drover.pid, "SIGKILL");
    await until(() => !isAlive(pid), "the stand-in to end");
    assert.equal((await request({ port: drover.port })).outcome, "refused");
  });

  test("speaks what the workers speak: TLS with their certificate, HTTP/2 by ALPN, and HTTP/2 by prior knowledge", async (t) => {
    const { cert, key } = await createSelfSigned({ names: ["localhost", "127.0.0.1"] });
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "cert.pem"), cert);
    writeFileSync(join(folder, "key.pem"), key);
    const tls = ["--tls-cert", join(folder, "cert.pem"), "--tls-key", join(folder, "key.pem")];
    for (const [scheme, flags] of [
      ["https", tls],
      ["http", ["--http2", "all"]],
    ] as const) {
      const { drover } = await withStandIn(t, flags);
      const ca = scheme === "https" ? { ca: cert } : {};
      const session = await openSession(t, `${scheme}://localhost:${drover.port}`, ca);
      const goaway = once(session, "goaway");
      const { status, headers } = await ask(session);
      assert.deepEqual([status, headers["retry-after"]], [503, "5"]);
      await within(goaway, "GOAWAY");
      const { response } = await request({ port: drover.port, ...ca });
      assert.deepEqual([response?.status, response?.headers.get("connection")], [503, "close"]);
      await drover.stop();
    }
  });
});
