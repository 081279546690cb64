import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { runCli, type Drover } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import type { LogLine } from "../support/log-reader.ts";

const SOURCES = {
  "api.js": `
    import { createServer } from "node:http";
    console.error("to stderr");
    createServer((_, response) => response.end(process.env.WHO)).listen(Number(process.env.PORT));`,
  "queue.js": `
    console.log("works off the queue");
    process.on("SIGTERM", () => { console.log("leaves"); process.exit(); });
    setInterval(() => {}, 1000);`,
  "broken.js": `throw new Error("no database");`,
};

const api = { entry: "api.js", port: 0, host: "127.0.0.1", env: { WHO: "api" } };
const queue = { entry: "queue.js", listen: false };

function folderWith(t: TestContext, apps: object): string {
  const folder = temporaryFolder(t);
  for (const [name, source] of Object.entries(SOURCES)) writeFileSync(join(folder, name), source);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "drover.config.json"), JSON.stringify({ workers: 1, apps }));
  return folder;
}

async function ready(drover: Drover, app: string): Promise<LogLine> {
  return await drover.log.event("ready", (line) => line["app"] === app);
}

suite("several apps in one config", () => {
  test("are not one service to systemd: none of them speaks for all, and that is said", async (t) => {
    const env = { NOTIFY_SOCKET: "/nowhere/notify", WATCHDOG_USEC: "20000" };
    const drover = runCli(t, ["start"], { cwd: folderWith(t, { api, queue }), env });
    await drover.log.event("service-not-told");
    await Promise.all([ready(drover, "api"), ready(drover, "queue")]);
    await drover.stop();
    // Whoever had tried would have failed.
    assert.deepEqual(drover.log.events("notify-failed"), []);
  });

  test("run side by side, each line with its app, until a signal ends them all", async (t) => {
    const drover = runCli(t, ["start"], { cwd: folderWith(t, { api, queue }) });
    const { url } = await ready(drover, "api");
    await ready(drover, "queue");
    const answer = await fetch(String(url));
    assert.equal(await answer.text(), "api");
    const said = (msg: string) => drover.log.find(msg, (line) => line.msg === msg);
    assert.deepEqual([(await said("to stderr"))["app"], (await said("works off the queue"))["app"]], ["api", "queue"]);
    assert.deepEqual(await drover.stop(), { code: 0, signal: null });
    assert.equal((await said("leaves"))["app"], "queue");
    const stopped = drover.log.events("stopped").map((line) => String(line["app"]));
    assert.deepEqual(new Set(stopped), new Set(["api", "queue"]));
  });

  test("go on without one that cannot boot, whose exit code is the last word", async (t) => {
    const drover = runCli(t, ["start"], { cwd: folderWith(t, { api, broken: { entry: "broken.js", listen: false } }) });
    const ended = await drover.log.event("app-ended");
    assert.deepEqual([ended["app"], ended["code"]], ["broken", 3]);
    assert.match(String(ended.msg), /^broken ended with exit code 3; api goes on$/);
    const { url } = await ready(drover, "api");
    assert.equal(await (await fetch(String(url))).text(), "api");
    const error = await drover.log.find("the app's error", (line) => String(line.msg).includes("no database"));
    assert.equal(error["app"], "broken");
    assert.equal((await drover.stop()).code, 3);
  });

  test("one that is named runs alone, in this very process", async (t) => {
    const drover = runCli(t, ["start", "queue"], { cwd: folderWith(t, { api, queue }) });
    const started = await drover.log.event("ready");
    assert.deepEqual([started["name"], started["app"]], ["queue", undefined]);
    const [primary] = drover.log.events("primary-started");
    assert.equal(primary?.pid, drover.pid);
  });

  test("those that are named get the flags that were given", async (t) => {
    const drover = runCli(t, ["start", "queue", "api", "-w", "2"], {
      cwd: folderWith(t, { api, queue, third: queue }),
    });
    assert.equal((await ready(drover, "api"))["workers"], 2);
    assert.equal((await ready(drover, "queue"))["workers"], 2);
    assert.deepEqual(drover.log.events("apps-started")[0]?.["apps"], ["queue", "api"]);
  });

  test("that would share the default port are refused before any is started", async (t) => {
    const cwd = folderWith(t, { api: { entry: "api.js" }, web: { entry: "api.js" } });
    const drover = runCli(t, ["start"], { cwd });
    assert.equal((await drover.exit).code, 78);
    assert.match(drover.log.tail(), /the apps api and web, got port 3000 \(default\) for both \[CONFIG_INVALID\]/);
    assert.deepEqual(drover.log.events("primary-started"), []);
  });

  test("are all reloaded by HUP", async (t) => {
    const cwd = folderWith(t, { api, queue });
    const drover = runCli(t, ["start"], { cwd });
    await ready(drover, "api");
    await ready(drover, "queue");
    drover.signal("SIGHUP");
    for (const app of ["api", "queue"])
      await drover.log.event("worker-started", (line) => line["app"] === app && line["generation"] === 2);
  });
});
