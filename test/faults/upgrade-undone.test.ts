import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { ask } from "../../src/control/client.ts";
import { lives } from "../../src/record/process-name.ts";
import { readRecord } from "../../src/record/record.ts";
import { startInBackground, type Background } from "../support/background.ts";
import { request, type Answer } from "../support/client.ts";
import { CLI, runCli, start } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { install } from "../support/installed.ts";
import { describe, startLoad } from "../support/load.ts";
import { download, type Download } from "../support/long-requests.ts";
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

/** In slot 2 a worker does not boot, as it finds when the file `gate` is there. */
function bootsInSlot1(gate: string): string {
  const imports = `import cluster from "node:cluster";
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";`;
  const wait = `while (!existsSync(${JSON.stringify(gate)})) await delay(10);`;
  return `${imports}\nif (cluster.worker.id === 2) {\n  ${wait}\n  throw new Error("slot 2 does not boot");\n}\n`;
}

/** A successor that is ready, is told to lead, cannot, and ends when the file `gate` is there. */
function cannotLead(gate: string): string {
  return `import { closeSync, existsSync } from "node:fs";
process.on("message", () => {
  closeSync(JSON.parse(process.env.DROVER_SUCCESSION).control);
  process.send({ type: "failed", error: { code: "CONTROL_FAILED", message: "it cannot" } });
});
process.send({ type: "ready", kept: [], drover: "0.0.0", node: "0.0.0" });
setInterval(() => existsSync(${JSON.stringify(gate)}) && process.exit(1), 10);
`;
}

function releaseOf({ response }: Answer): string | undefined {
  return response?.headers.get("x-release");
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
  test("that goes back when a worker does not boot cuts no request that the others have taken meanwhile", async (t) => {
    const releases = inPlace(t);
    releases.deploy("good", site("good"));
    const web = await startInBackground(t, releases.entry, [...SOON, "--lameduck-timeout", "100ms"]);
    const before = await web.status();
    const gate = join(temporaryFolder(t), "gate");
    releases.deploy("bad", `${bootsInSlot1(gate)}${site("bad")}`);
    const load = startLoad(t, { port: web.port }, { rate: 100, path: "/slow?ms=50" });
    const upgrading = web.starter.verb("upgrade", "shop");
    await until(() => load.samples.some(({ answer }) => releaseOf(answer) === "bad"), "an answer of the successor's");
    const long: Download[] = [];
    await until(() => {
      long.push(download({ port: web.port }, { bytes: 100_000, ms: 2_000 }));
      return long.some(({ exchange }) => exchange.answer?.headers.get("x-release") === "bad");
    }, "a download from the successor");
    writeFileSync(gate, "");

    const { code, stderr } = await upgrading;
    assert.equal(code, 1);
    assert.match(stderr, /this primary serves on\. Of its successor: .*slot 2 does not boot/s);
    const ended = await Promise.all(long.map(({ done }) => done));
    const samples = load.samples.length;
    await until(() => load.samples.length > samples + 20, "requests afterwards");
    await load.stop();
    assert.equal(describe([...load.failures, ...load.unprocessed]), "");
    assert.deepEqual(new Set(ended.map(({ outcome }) => outcome)), new Set(["ok"]));
    assert.deepEqual([web.events("worker-started").length, web.events("lameduck").length], [4, 0]);
    const after = await web.status();
    assert.deepEqual([after.pid, after.generation], [before.pid, before.generation]);
    await stopAll(web, before.pid);
  });

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

  test("whose successor finds that it cannot lead goes back at once, and ends with it", async (t) => {
    const releases = inPlace(t);
    releases.deploy("release", site("release"));
    const web = await startInBackground(t, releases.entry, SOON);
    const { pid } = await web.status();
    const [cli, gate] = [join(temporaryFolder(t), "cli.mjs"), join(temporaryFolder(t), "gate")];
    writeFileSync(cli, cannotLead(gate));
    const program = { node: process.execPath, cli };
    const upgraded = assert.rejects(ask(controlOf(web), { verb: "upgrade", program }), {
      code: "UPGRADE_FAILED",
      message: /Of its successor: it cannot/,
    });
    await web.event("upgrade-failed");
    assert.equal((await web.status()).pid, pid);
    writeFileSync(gate, "");
    await upgraded;
    await serves(web);
    await stopAll(web, pid);
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
