import assert from "node:assert/strict";
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { ask } from "../../src/control/client.ts";
import { GAP } from "../../src/deploy/sync/sync-policy.ts";
import { request } from "../support/client.ts";
import { runCli, start, type Drover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { startNginx, type Nginx } from "../support/nginx.ts";
import { kill } from "../support/proc.ts";

/** Root's nginx stands in front of another user's app, where the test may say who it is. */
const USER = process.geteuid?.() === 0 ? { uid: 65_534 } : {};

const NAME = "web-upstream.conf";

interface Stage {
  readonly nginx: Nginx;
  /** Where nginx includes *.conf. */
  readonly folder: string;
  readonly file: string;
  /** Arguments that say what the app is, for `start` and `deploy` alike. */
  readonly flags: readonly string[];
  readonly home: string;
}

/** An nginx whose upstream is the file, in front of no app yet. `undefined`: the test is skipped. */
async function prepare(t: TestContext): Promise<Stage | undefined> {
  const place = temporaryFolder(t);
  const folder = temporaryFolder(t);
  const file = join(folder, NAME);
  writeFileSync(file, `upstream drover_web { server unix:${place}/web.sock; }\n`);
  const nginx = await startNginx(
    t,
    (port) => `
include ${folder}/*.conf;
server {
  listen 127.0.0.1:${port};
  location / {
    proxy_pass http://drover_web;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
  }
}`,
  );
  const home = temporaryFolder(t);
  if (USER.uid !== undefined) for (const path of [place, home]) chownSync(path, USER.uid, USER.uid);
  const flags = ["--name", "web", "--listen", `unix:${place}/web.sock`, "--per-slot", "--probation", "0s"];
  return nginx && { nginx, folder, file, flags, home };
}

/** The command, and what it has said that was not waited for yet. */
class Syncer {
  readonly drover: Drover;
  #seen = 0;

  constructor(t: TestContext, { file, flags, home, nginx }: Stage) {
    const entry = app("express5-export.js");
    const words = ["--sync", file, "--nginx", nginx.command.join(" ")];
    this.drover = runCli(t, ["deploy", "nginx", entry, ...flags, ...words], { env: { DROVER_HOME: home } });
  }

  async says(what: RegExp): Promise<void> {
    const { log } = this.drover;
    const line = await log.find(String(what), (one) => log.lines.indexOf(one) >= this.#seen && what.test(one.raw));
    this.#seen = log.lines.indexOf(line) + 1;
  }
}

function startApp(t: TestContext, { flags, home }: Stage): ReturnType<typeof start> {
  return start(t, app("express5-export.js"), { flags, env: { DROVER_HOME: home }, ...USER });
}

function serversIn(file: string): number {
  return new Set(readFileSync(file, "utf8").match(/-\d+\.sock/g)).size;
}

function reloadsOf(nginx: Nginx): number {
  return (nginx.errors().match(/\] \d+#\d+: reconfiguring/g) ?? []).length;
}

async function scale({ verb }: Drover, to: string): Promise<void> {
  const { code, stderr } = await verb("scale", to, "web");
  assert.equal(code, 0, stderr);
}

// Most of their time they wait: for the two seconds between two reloads of nginx.
suite("deploy nginx --sync", { concurrency: true }, () => {
  test("lists the slots there are, with one reload of nginx for each change and no request lost", async (t) => {
    const stage = await prepare(t);
    if (!stage) return;
    const { nginx, file, folder } = stage;
    const drover = await startApp(t, stage);
    const syncer = new Syncer(t, stage);
    await syncer.says(/^web-upstream\.conf: 2 servers \(slots 1, 2\), nginx reloaded$/);
    const load = startLoad(t, { port: nginx.port }, { keptFor: 1, rate: 200, postEvery: 2 });
    for (const [to, says] of [
      ["4", /: 4 servers \(slots 1 to 4\), nginx reloaded$/],
      ["2", /: 2 servers \(slots 1, 2\), nginx reloaded$/],
    ] as const) {
      await scale(drover, to);
      await syncer.says(says);
      assert.equal(serversIn(file), Number(to));
    }
    const samples = await load.stop();
    assert.equal(load.failures.length, 0, describe(load.failures));
    assert.ok(samples.length > 0);
    const reloads = syncer.drover.log.lines.flatMap(
      ({ raw }) => /: (\d) servers .* nginx reloaded$/.exec(raw)?.[1] ?? [],
    );
    assert.equal(reloadsOf(nginx), reloads.length);
    // Where workers take longer than it waits for all of them, it lists those that are ready.
    assert.equal(reloads.filter((servers) => servers !== "3").join(" "), "2 4 2");
    assert.equal(nginx.test(), "");
    assert.deepEqual(readdirSync(folder), [NAME]);
    const tried = new Set(nginx.access().flatMap(({ upstream }) => upstream.match(/-\d+\.sock/g) ?? []));
    assert.deepEqual([...tried].toSorted(), ["-1.sock", "-2.sock", "-3.sock", "-4.sock"]);
    assert.deepEqual(await syncer.drover.stop(), { code: 0, signal: null });
  });

  test("takes many changes as few, and dying and reloaded workers as none", async (t) => {
    const stage = await prepare(t);
    if (!stage) return;
    const { nginx, file } = stage;
    const drover = await startApp(t, stage);
    const syncer = new Syncer(t, stage);
    await syncer.says(/: 2 servers/);
    kill(drover.workers().get(1) ?? -1, "SIGKILL");
    await drover.log.event("worker-died");
    assert.equal((await drover.verb("reload", "web")).code, 0);
    assert.equal(reloadsOf(nginx), 1);
    const begun = performance.now();
    const socket = join(drover.home, "run", "web.sock");
    await Promise.all([3, 1, 3, 2, 3, 1, 2, 3, 2, 3].map((to) => ask(socket, { verb: "scale", to })));
    await scale(drover, "4");
    await syncer.says(/: 4 servers \(slots 1 to 4\), nginx reloaded$/);
    assert.equal(serversIn(file), 4);
    const most = Math.ceil((performance.now() - begun) / GAP) + 1;
    assert.ok(reloadsOf(nginx) - 1 <= most, `${reloadsOf(nginx) - 1} reloads where there is time for ${most}`);
  });

  test("takes back what nginx refuses and what cannot be written, says why, and goes on at the next change", async (t) => {
    const stage = await prepare(t);
    if (!stage) return;
    const { nginx, file, folder } = stage;
    const drover = await startApp(t, stage);
    const syncer = new Syncer(t, stage);
    await syncer.says(/: 2 servers/);
    const before = readFileSync(file, "utf8");

    writeFileSync(join(folder, "other.conf"), "nonsense on;\n");
    await scale(drover, "3");
    await syncer.says(
      /taken back, since nginx does not take its configuration: unknown directive "nonsense" in .*other\.conf:1$/,
    );
    assert.equal(readFileSync(file, "utf8"), before);
    assert.deepEqual(readdirSync(folder).toSorted(), ["other.conf", NAME]);
    assert.equal((await request({ port: nginx.port })).response?.status, 200);

    rmSync(join(folder, "other.conf"));
    // What is to be the new file cannot be made where a folder is.
    const inTheWay = join(folder, `.${NAME}.new`);
    mkdirSync(inTheWay);
    await scale(drover, "4");
    await syncer.says(/: not written: .*\.web-upstream\.conf\.new/);
    assert.equal(readFileSync(file, "utf8"), before);

    rmSync(inTheWay, { recursive: true });
    await scale(drover, "3");
    await syncer.says(/: 3 servers \(slots 1 to 3\), nginx reloaded$/);
    assert.equal(reloadsOf(nginx), 2);
  });

  test("waits for an app that does not run, and leaves the file of one that ends as it is", async (t) => {
    const stage = await prepare(t);
    if (!stage) return;
    const { nginx, file } = stage;
    const syncer = new Syncer(t, stage);
    await syncer.says(/^web does not run: web-upstream\.conf stays as it is$/);
    const first = await startApp(t, stage);
    await syncer.says(/: 2 servers/);
    const before = readFileSync(file, "utf8");
    await first.stop();
    await syncer.says(/^web does not run/);
    const second = await startApp(t, stage);
    await scale(second, "3");
    await syncer.says(/: 3 servers/);
    assert.notEqual(readFileSync(file, "utf8"), before);
    assert.equal(reloadsOf(nginx), 2);
    const said = syncer.drover.log.lines.filter(({ raw }) => /does not run/.test(raw)).length;
    assert.equal(said, 2);
  });

  test("reloads nginx for a change that was killed in the middle", async (t) => {
    const stage = await prepare(t);
    if (!stage) return;
    const { nginx, folder } = stage;
    await startApp(t, stage);
    const syncer = new Syncer(t, stage);
    await syncer.says(/: 2 servers/);
    await syncer.drover.stop();
    writeFileSync(join(folder, `.${NAME}.former`), "# what nginx has read\n");
    await new Syncer(t, stage).says(/: 2 servers \(slots 1, 2\), nginx reloaded$/);
    assert.equal(reloadsOf(nginx), 2);
    const last = new Syncer(t, stage);
    await last.says(/: 2 servers \(slots 1, 2\), unchanged$/);
    assert.equal(reloadsOf(nginx), 2);
  });
});
