import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { request } from "../support/client.ts";
import { runCli } from "../support/drover.ts";
import { app, steadyPort, temporaryFolder } from "../support/fixture.ts";
import { deployService } from "../support/service.ts";

suite("in the journal", () => {
  test("each line of Drover and of the app has a priority, and no time", async (t) => {
    const port = await steadyPort();
    const service = await deployService(t, app("supervision/noisy.js"), [
      "-w",
      "1",
      "-p",
      String(port),
      "--access-log",
    ]);
    if (!service) return;
    const { log, stop } = await service.start();
    await request({ port });
    const find = (pattern: RegExp) => log.find(String(pattern), ({ raw }) => pattern.test(raw));
    await find(/^<6>\[1 \d+\] to stdout$/);
    await find(/^<4>\[1 \d+\] to stderr$/);
    await find(/^<6>\{"level":30,"msg":"an object","id":7\}$/);
    await find(/^<6>\{"time":\d+,"event":"request","method":"GET".*\}$/);
    await find(/^<6>drover .*ready/);
    await stop();
    for (const { raw } of log.lines) assert.match(raw, /^<[2-7]>(?!\d\d:)[^\u001B]*$/);
  });

  test("an error of many lines is one in each of them", async (t) => {
    const folder = temporaryFolder(t);
    const entry = join(folder, "broken.mjs");
    writeFileSync(entry, 'throw new Error("no\\ndatabase");\n');
    const service = await deployService(t, entry, ["-w", "1", "-p", String(await steadyPort())]);
    if (!service) return;
    const failure = await service.start().then(
      () => "",
      (error: Error) => error.message,
    );
    const lines = failure.split("\n").slice(1);
    const shown = lines.slice(lines.findIndex((line) => line.includes("[APP_BOOT_FAILED]")));
    assert.ok(shown.length > 2 && shown.some((line) => line.includes("database")), failure);
    for (const line of shown) assert.match(line, /^<3>/);
  });
});

test("another stream than the one that systemd names is none of the journal's", async (t) => {
  const { log, exit } = runCli(t, ["start", "missing.js"], { cwd: temporaryFolder(t), env: { JOURNAL_STREAM: "8:1" } });
  await exit;
  assert.match(log.tail(), /^error: /);
});

test("--log-format journal says so of any stream", async (t) => {
  const flags = ["--log-format", "journal", "-p", "0", "-w", "1"];
  const drover = runCli(t, ["start", app("supervision/noisy.js"), ...flags]);
  await drover.log.find("the line that says ready", ({ raw }) => /^<6>drover .*ready/.test(raw));
  await drover.stop();
});
