import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { Snapshot } from "../../src/protocol/control.ts";
import { request } from "../support/client.ts";
import { runCli, type Drover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { linesAcross } from "../support/log-files.ts";
import { isAlive, kill } from "../support/proc.ts";
import { until } from "../support/wait.ts";

interface Background {
  readonly starter: Drover;
  /** The line that was printed. */
  readonly line: string;
  readonly port: number;
  readonly primary: number;
  readonly logFile: string;
}

/** Starts an app with `-d` and answers when the command has ended. It is up to the test to stop the app. */
async function background(t: TestContext, entry: string, flags: readonly string[] = []): Promise<Background> {
  const starter = runCli(t, ["start", app(entry), "-d", "--name", "shop", "-w", "2", "-p", "0", ...flags]);
  assert.equal((await starter.exit).code, 0, starter.log.tail());
  assert.equal(starter.log.lines.length, 1, starter.log.tail());
  const line = starter.log.lines[0]?.raw ?? "";
  const found = / ready on http:\/\/localhost:(\d+) .*; primary pid (\d+), log (\S+), stop it with: (.*)$/.exec(line);
  assert.ok(found, line);
  const [, port, primary, logFile = "", stop] = found;
  assert.equal(stop, "drover stop shop");
  return { starter, line, port: Number(port), primary: Number(primary), logFile };
}

async function stop({ starter, primary }: Background): Promise<void> {
  const { code, stderr } = await starter.verb("stop", "shop");
  assert.equal(code, 0, stderr);
  await until(() => !isAlive(primary), "the end of the primary");
}

/** The id of its session, which is the pid of the process that began it. */
function sessionOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[3]);
}

suite("drover start -d", () => {
  test("returns when the app is ready, which then runs in a session of its own and is operated by name", async (t) => {
    const shop = await background(t, "http.js");
    const { starter, line, port, primary, logFile } = shop;
    assert.match(line, /^shop \(Node\.js\) is ready on .*: 2 workers .*, pids \d+, \d+; /);
    assert.equal((await request({ port })).outcome, "ok");
    assert.equal(sessionOf(primary), primary);
    assert.equal(logFile, join(starter.home, "logs", "shop.log"));
    const { stdout } = await starter.verb("status", "shop", "--json");
    const snapshot = JSON.parse(stdout) as Snapshot;
    assert.deepEqual([snapshot.detached, snapshot.logFile, snapshot.pid], [true, logFile, primary]);
    await stop(shop);
    const events = linesAcross(logFile).map((text) => (JSON.parse(text) as { event?: string }).event);
    assert.deepEqual([events[0], events.at(-1)], ["primary-started", "stopped"]);
    assert.equal(readFileSync(join(starter.home, "logs", "shop.stderr"), "utf8"), "");
  });

  test("writes to the log file it is told, and a reload finds nothing changed in that", async (t) => {
    const path = join(temporaryFolder(t), "web.log");
    const shop = await background(t, "http.js", ["--log-file", path, "--probation", "1ms"]);
    assert.equal(shop.logFile, path);
    assert.equal((await shop.starter.verb("reload", "shop")).code, 0);
    await stop(shop);
    assert.ok(!linesAcross(path).some((text) => text.includes("log.file")));
  });

  test("reloads on HUP and stops on TERM", async (t) => {
    const { primary, logFile } = await background(t, "http.js", ["--probation", "1ms"]);
    kill(primary, "SIGHUP");
    await until(() => readFileSync(logFile, "utf8").includes('"event":"reloaded"'), "the reload");
    kill(primary, "SIGTERM");
    await until(() => !isAlive(primary), "the end of the primary");
  });

  test("of several apps starts each in the background, and one that fails leaves the others alone", async (t) => {
    const folder = temporaryFolder(t);
    const apps = {
      api: { entry: app("http.js"), port: 0 },
      jobs: { entry: app("background.js"), listen: false },
      broken: { entry: app("supervision/boot-throws.js"), listen: false },
    };
    writeFileSync(join(folder, "drover.config.json"), JSON.stringify({ workers: 1, apps }));
    const starter = runCli(t, ["start", "-d"], { cwd: folder });
    assert.equal((await starter.exit).code, 3);
    const said = starter.log.tail();
    for (const name of ["api", "jobs"]) assert.match(said, new RegExp(`^${name} .*ready.*logs/${name}\\.log`, "m"));
    assert.match(said, /^error: .*boot-throws\.js \[APP_BOOT_FAILED\]$/m);
    const { stdout } = await starter.verb("ls", "--json");
    const { apps: running } = JSON.parse(stdout) as { readonly apps: readonly Snapshot[] };
    assert.deepEqual(
      running.map(({ name }) => name),
      ["api", "jobs"],
    );
    for (const { name } of running) assert.equal((await starter.verb("stop", name)).code, 0);
    await until(() => running.every(({ pid }) => !isAlive(pid)), "the end of both primaries");
  });

  test("ends as the foreground does when the app cannot boot, with its error and exit code, and leaves nothing", async (t) => {
    const args = ["start", app("supervision/boot-throws.js"), "-w", "1", "-p", "0", "--log-level", "silent"];
    const [inBackground, inForeground] = [runCli(t, [...args, "-d"]), runCli(t, args)];
    const codes = [(await inBackground.exit).code, (await inForeground.exit).code];
    assert.deepEqual(codes, [3, 3]);
    const said = inBackground.log.lines.map(({ raw }) => raw);
    assert.match(said[0] ?? "", /\[APP_BOOT_FAILED\]$/);
    assert.deepEqual(
      said,
      inForeground.log.lines.map(({ raw }) => raw),
    );
  });

  test("ends with the error when the port is taken", async (t) => {
    const server = createServer().listen(0);
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const starter = runCli(t, ["start", app("http.js"), "-d", "-p", String(port)]);
    assert.equal((await starter.exit).code, 1);
    assert.match(starter.log.tail(), /\[ADDRESS_IN_USE\]/);
  });

  test("is refused for a name that runs already, whose log is left alone", async (t) => {
    const shop = await background(t, "http.js");
    const again = runCli(t, ["start", app("http.js"), "-d", "--name", "shop", "-p", "0"], {
      env: { DROVER_HOME: shop.starter.home },
    });
    assert.equal((await again.exit).code, 1);
    assert.match(again.log.tail(), /\[ALREADY_RUNNING\]/);
    assert.equal(readFileSync(shop.logFile, "utf8").match(/"primary-started"/g)?.length, 1);
    await stop(shop);
  });

  for (const [title, signal, code] of [
    ["Ctrl-C while it waits stops", "SIGINT", 1],
    ["its death while it waits stops", "SIGKILL", null],
  ] as const) {
    test(`${title} the app, too`, async (t) => {
      const starter = runCli(t, ["start", app("supervision/boot-hangs.js"), "-d", "--name", "shop", "-p", "0"]);
      const logFile = join(starter.home, "logs", "shop.log");
      const says = (text: string) => () =>
        statSync(logFile, { throwIfNoEntry: false }) !== undefined && readFileSync(logFile, "utf8").includes(text);
      await until(says("connecting"), "the app to boot");
      starter.signal(signal);
      assert.equal((await starter.exit).code, code);
      await until(says('"event":"stopped"'), "the end of the primary");
      if (code === 1)
        assert.match(starter.log.tail(), /^error: expected "shop" to become ready, got a stop .*\[STOPPING\]$/m);
    });
  }
});

suite("drover logs", () => {
  test("shows the last lines of a running app and of one that has ended", async (t) => {
    const shop = await background(t, "http.js");
    const ready = await shop.starter.verb("logs", "shop", "-n", "1");
    assert.equal((JSON.parse(ready.stdout) as { event: string }).event, "ready");
    await stop(shop);
    const { code, stdout } = await shop.starter.verb("logs", "shop");
    assert.equal(code, 0);
    assert.equal(stdout, readFileSync(shop.logFile, "utf8").split("\n").slice(-21).join("\n"));
  });

  test("-f follows through rotations and a reopened file, each line once, until Ctrl-C ends it with 0", async (t) => {
    const shop = await background(t, "logs/lines.js", ["-w", "1", "--log-max-size", "20KB", "--log-max-files", "1000"]);
    const { starter, port, logFile } = shop;
    const follower = runCli(t, ["logs", "shop", "-f"], { env: { DROVER_HOME: starter.home } });
    await follower.log.event("ready");
    const write = (from: number) => request({ port }, { path: `/${from}/500` });
    for (let from = 0; from < 5000; from += 500) await write(from);
    await follower.log.find("line 4999", ({ msg }) => msg === "line 4999");
    renameSync(logFile, `${logFile}.moved`);
    await write(5000);
    assert.equal((await starter.verb("reopen", "shop")).code, 0);
    await write(5500);
    await follower.log.find("line 5999", ({ msg }) => msg === "line 5999");
    assert.deepEqual(await follower.stop("SIGINT"), { code: 0, signal: null });
    assert.deepEqual(
      follower.log.lines.flatMap(({ msg }) => (msg?.startsWith("line ") ? [msg] : [])),
      Array.from({ length: 6000 }, (_, index) => `line ${index}`),
    );
    await stop(shop);
  });

  test("of an app in the foreground says where its lines are", async (t) => {
    const drover = runCli(t, ["start", app("background.js"), "--no-listen", "--name", "shop", "--log-format", "json"]);
    await drover.log.event("ready");
    const { code, stdout, stderr } = await drover.verb("logs", "shop");
    assert.deepEqual([code, stdout], [78, ""]);
    assert.match(stderr, /\[LOG_UNAVAILABLE\]\n.*journalctl/);
  });

  test("of a name that nobody has is NOT_RUNNING", async (t) => {
    const drover = runCli(t, ["logs", "shop"]);
    assert.equal((await drover.exit).code, 69);
    assert.match(drover.log.tail(), /\[NOT_RUNNING\]/);
  });
});
