import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { request } from "../support/client.ts";
import { launch } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { pidsWithEnv } from "../support/proc.ts";
import { openTerminal } from "../support/terminal.ts";
import { need } from "../support/tools.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** An app called web, and `drover top` on it in a terminal that has shown `before` until then. */
async function watch(t: TestContext) {
  const log = join(temporaryFolder(t), "web.log");
  const drover = launch(t, app("http.js"), { flags: ["--name", "web", "--probation", "0s", "--log-file", log] });
  const top = `'${process.execPath}' '${cli}' top web`;
  const again = `while read -r line; do ${top}; echo "code $?"; done`;
  const command = `cd '${drover.home}'; echo before; until ${top} 2>/dev/null; do sleep 0.1; done; echo "code $?"; ${again}`;
  const terminal = await openTerminal(t, command, { DROVER_HOME: drover.home });
  await terminal.waitFor("2 of 2 workers ready");
  return { drover, terminal, log };
}

test("shows the app live, reloads and scales it by keys, shows its log, and gives the terminal back", async (t) => {
  if (!need(t, "tmux", "tmux")) return;
  const { terminal, log } = await watch(t);
  assert.doesNotMatch((await terminal.screen()).join("\n"), /before/);
  assert.match((await terminal.screen("-e")).join("\n"), /\u001B\[32mready/);

  const port = Number(/ \*:(\d+)$/m.exec((await terminal.screen()).join("\n"))?.[1]);
  for (let count = 0; count < 5; count += 1) await request({ port });
  await terminal.waitFor(/p50 \d/);

  await terminal.press("r");
  await terminal.waitFor("n leave it");
  await terminal.press("n");
  await terminal.waitFor("r reload");
  await terminal.press("r", "y");
  await terminal.waitFor(/web: running, generation 2, 2 of 2 workers ready/);
  await terminal.waitFor(/^\d\d:\d\d:\d\d +reloaded to generation 2: 2 workers/m);

  await terminal.press("+");
  await terminal.waitFor("3 of 3 workers ready");
  await terminal.press("-");
  await terminal.waitFor("2 of 2 workers ready");

  await terminal.press("l");
  await terminal.waitFor(/drover reloaded to generation 2/);
  assert.equal((await terminal.screen())[0], log);
  await terminal.press("Escape");
  await terminal.waitFor("one more");
  await terminal.resize(50, 12);
  await terminal.waitFor(/^SLOT(?!.*IN FLIGHT)[^]*…$/m);

  await terminal.press("q");
  await terminal.waitFor("code 0");
  assert.deepEqual(await terminal.screen(), ["before", "code 0"]);
});

test("ends with a signal and with the app, and gives the terminal back", async (t) => {
  if (!need(t, "tmux", "tmux")) return;
  const { drover, terminal } = await watch(t);
  const [top] = pidsWithEnv(`DROVER_HOME=${drover.home}`).filter((pid) => commandOf(pid).includes("\0top\0"));
  assert.ok(top !== undefined);
  process.kill(top, "SIGTERM");
  await terminal.waitFor("code 0");
  assert.deepEqual(await terminal.screen(), ["before", "code 0"]);

  await terminal.press("Enter");
  await terminal.waitFor("2 of 2 workers ready");
  await drover.verb("stop");
  await terminal.waitFor("has ended");
  assert.deepEqual((await terminal.screen()).slice(0, 4), ["before", "code 0", "web has ended", "code 0"]);
});

test("without a terminal names the verb for programs", async (t) => {
  const drover = launch(t, app("http.js"), { flags: ["--name", "web"] });
  await drover.log.event("ready");
  const { code, stdout, stderr } = await drover.verb("top");
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /expected a terminal .*\[USAGE\]\n.*drover status --json/);
});

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8");
}
