import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { ask } from "../../src/control/client.ts";
import { lives } from "../../src/record/process-name.ts";
import { readRecord } from "../../src/record/record.ts";
import { startInBackground, type Background } from "../support/background.ts";
import { request } from "../support/client.ts";
import { CLI, runCli, start } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { install } from "../support/installed.ts";
import { childrenOf, isAlive, kill } from "../support/proc.ts";
import { inPlace, site } from "../support/releases.ts";
import { controlOf, SOON, stopAll } from "../support/upgrading.ts";
import { until } from "../support/wait.ts";

/** An app whose workers boot when the file `gate` is there. */
function gated(t: TestContext): { readonly entry: string; open(): void; close(): void } {
  const folder = temporaryFolder(t);
  const [entry, gate] = [join(folder, "app.mjs"), join(folder, "gate")];
  const wait = `while (!existsSync(${JSON.stringify(gate)})) await delay(10);`;
  const head = 'import { existsSync } from "node:fs";\nimport { setTimeout as delay } from "node:timers/promises";\n';
  writeFileSync(entry, `${head}${wait}\nexport default (_, response) => response.end("here");\n`);
  return {
    entry,
    open: () => writeFileSync(gate, ""),
    close: () => rmSync(gate),
  };
}

async function serves(web: Background): Promise<void> {
  assert.equal((await request({ port: web.port })).outcome, "ok");
}

/** An upgrade to a Drover that dies when it has the name, before it can say so. @param before what it does then */
async function dyingAsItLeads(t: TestContext, before = "") {
  const releases = inPlace(t);
  releases.deploy("release", site("release"));
  const web = await startInBackground(t, releases.entry, SOON);
  const { pid } = await web.status();
  const cli = join(temporaryFolder(t), "cli.mjs");
  const die = `if (message.type === "leads") { ${before} process.kill(process.pid, "SIGKILL"); }`;
  const send = `const send = process.send?.bind(process);\nif (send) process.send = (message, ...rest) => { ${die} return send(message, ...rest); };`;
  writeFileSync(cli, `${send}\nawait import(${JSON.stringify(CLI)});\n`);
  const upgraded = ask(controlOf(web), { verb: "upgrade", program: { node: process.execPath, cli } });
  return { web, pid, upgraded };
}

suite("an upgrade", () => {
  test("to a broken build goes back, says what is wrong with it, and leaves nothing", async (t) => {
    const releases = inPlace(t);
    releases.deploy("good", site("good"));
    const web = await startInBackground(t, releases.entry, SOON);
    const before = await web.status();
    const broken = join(install(t), "dist");
    writeFileSync(join(broken, "worker/worker.js"), 'throw new Error("a worker that cannot work");\n');

    const byWorker = await web.starter.verbOf({ cli: join(broken, "cli.js") }, "upgrade", "shop");
    assert.equal(byWorker.code, 1);
    assert.match(byWorker.stderr, /this primary serves on\. Of its successor: .*\[UPGRADE_FAILED\]/);
    await serves(web);

    writeFileSync(join(broken, "cli.js"), 'throw new Error("a command that cannot work");\n');
    const program = { node: process.execPath, cli: join(broken, "cli.js") };
    await assert.rejects(ask(controlOf(web), { verb: "upgrade", program }), {
      code: "UPGRADE_FAILED",
      message: /a command that cannot work/,
    });

    const missing = { node: "/no/such/node", cli: program.cli };
    await assert.rejects(ask(controlOf(web), { verb: "upgrade", program: missing }), {
      code: "UPGRADE_FAILED",
      message: /could not be started: .*ENOENT/,
    });

    releases.deploy("bad", 'throw new Error("an app that cannot boot");\n');
    const byApp = await web.starter.verb("upgrade", "shop");
    assert.equal(byApp.code, 1);
    assert.match(byApp.stderr, /^successor: 0 of \d+ workers ready\nerror: [^]*an app that cannot boot/m);

    const after = await web.status();
    assert.deepEqual(
      [after.pid, after.generation, after.workers.map(({ pid }) => pid)],
      [before.pid, before.generation, before.workers.map(({ pid }) => pid)],
    );
    await until(() => childrenOf(after.pid).length === 2, "the end of all successors");
    releases.deploy("mended", site("mended"));
    assert.equal((await web.starter.verb("upgrade", "shop")).code, 0);
    await serves(web);
    await stopAll(web, before.pid);
  });

  test("goes on alone: another one, a reload and a scale are refused meanwhile, and a stop stops both primaries", async (t) => {
    const app = gated(t);
    app.open();
    const web = await startInBackground(t, app.entry, SOON);
    const { pid } = await web.status();
    app.close();
    const upgrading = web.starter.verb("upgrade", "shop");
    const { pid: successor = 0 } = await web.event("primary-started", 2);
    const refused = [];
    for (const verb of [["upgrade"], ["reload"], ["scale", "3"]]) refused.push(await web.starter.verb(...verb, "shop"));
    assert.deepEqual(
      refused.map(({ code, stderr }) => [code, /\[(\w+)\]/.exec(stderr)?.[1]]),
      [
        [1, "UPGRADE_REFUSED"],
        [1, "UPGRADING"],
        [1, "UPGRADING"],
      ],
    );
    await serves(web);
    await stopAll(web, pid, successor);
    const { code, stderr } = await upgrading;
    assert.deepEqual([code, /\[(\w+)\]/.exec(stderr)?.[1]], [1, "STOPPING"]);
  });

  test("that waits for the app's start is given up by a stop", async (t) => {
    const drover = runCli(t, ["start", "-d", gated(t).entry, "--name", "shop", "--workers", "2", "--port", "0"]);
    await until(async () => (await drover.verb("status", "shop")).code === 0, "the control socket");
    const control = controlOf({ starter: drover });
    const program = { node: process.execPath, cli: process.argv[1] ?? "" };
    const upgraded = assert.rejects(ask(control, { verb: "upgrade", program }), { code: "STOPPING" });
    await ask(control, { verb: "stop", now: false });
    await upgraded;
    // That nothing of it is left, no successor either, is looked at when the test has ended.
    await drover.exit;
  });

  test("whose successor is killed in the middle changes nothing", async (t) => {
    const app = gated(t);
    app.open();
    const web = await startInBackground(t, app.entry, SOON);
    const { pid } = await web.status();
    app.close();
    const upgrading = web.starter.verb("upgrade", "shop");
    const { pid: successor = 0 } = await web.event("primary-started", 2);
    await web.event("worker-started", 4);
    kill(successor, "SIGKILL");
    const { code, stderr } = await upgrading;
    assert.equal(code, 1);
    assert.match(stderr, /it ended with SIGKILL \[UPGRADE_FAILED\]/);
    await serves(web);
    await stopAll(web, pid);
  });

  test("whose successor is killed as it takes the lead is undone: the old primary leads on, and nothing else is left", async (t) => {
    const { web, pid, upgraded } = await dyingAsItLeads(t);
    await assert.rejects(upgraded, { code: "UPGRADE_FAILED", message: /this primary serves on.*SIGKILL/ });
    const { pid: successor = 0 } = await web.event("primary-started", 2);
    assert.equal((await web.status()).pid, pid);
    await serves(web);
    // Its workers are told to leave, and whatever they have started finds that the name is taken.
    await until(() => readRecord(web.record)?.orphans.every((one) => !lives(one)), "the end of its workers");
    await stopAll(web, pid, successor);
    await until(() => readdirSync(dirname(web.record)).length === 0, "an empty run folder");
  });

  test("whose successor is killed as it takes the lead, and is succeeded before the old primary notices, makes that one go", async (t) => {
    const { web, pid, upgraded } = await dyingAsItLeads(t, "process.kill(process.ppid, 'SIGSTOP');");
    const given = assert.rejects(upgraded, { code: "STOPPING" });
    const { pid: successor = 0 } = await web.event("primary-started", 2);
    const others = [pid, successor];
    await until(() => !others.includes(readRecord(web.record)?.primary.pid ?? pid), "the successor's successor");
    const { primary } = await web.leads();
    kill(pid, "SIGCONT");
    await given;
    await until(() => !isAlive(pid), "the end of the old primary");
    assert.equal((await web.status()).pid, primary.pid);
    await serves(web);
    await stopAll(web, primary.pid);
  });

  test("is refused in the foreground, where whoever started it waits for this very process", async (t) => {
    const releases = inPlace(t);
    releases.deploy("release", site("release"));
    const drover = await start(t, releases.entry);
    const { code, stderr } = await drover.verb("upgrade");
    assert.equal(code, 1);
    assert.match(stderr, /it runs in the foreground, .*\[UPGRADE_REFUSED\]\n {2}Start it with -d/);
    assert.equal((await request({ port: drover.port })).outcome, "ok");
  });
});
