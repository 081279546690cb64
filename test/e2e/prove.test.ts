import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Verdict } from "../../src/prove/verdict.ts";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { isAlive } from "../support/proc.ts";
import { openTerminal } from "../support/terminal.ts";
import { need } from "../support/tools.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const FAST = ["--name", "web", "--probation", "0s"];

test("asks, reloads and kills when told to, and says that nothing was lost; Ctrl-C ends it with what is known", async (t) => {
  if (!need(t, "tmux", "tmux")) return;
  const drover = await start(t, app("http.js"), { flags: FAST });
  const before = [...drover.workers().values()];
  const prove = `'${process.execPath}' '${cli}' prove --reloads 1 --kills 1 --rate 40`;
  const command = `cd '${drover.home}'; for i in 1 2 3; do ${prove}; echo "code $?, run $i"; done; read -r line`;
  const terminal = await openTerminal(t, command, { DROVER_HOME: drover.home });

  await terminal.waitFor(/This will ask "web" for GET \/ of http:\/\/127\.0\.0\.1:\d+, 40 times a second/);
  await terminal.press("n", "Enter");
  await terminal.waitFor("code 1, run 1");
  assert.deepEqual([...drover.workers().values()], before, "nothing was done to it");

  await terminal.waitFor(/Go on\? \[y\/N\]$/);
  await terminal.press("y", "Enter");
  await terminal.waitFor("code 0, run 2", 60_000);
  const screen = (await terminal.screen()).join("\n");
  assert.match(screen, / R1.* K1/);
  assert.match(screen, /^lost +0$/m);
  assert.match(screen, /^kill 1 +slot 1, pid \d+: ready again after .* 0 lost$/m);
  assert.match(screen, /^proved: no request was lost by 1 reload and 1 kill$/m);
  for (const pid of before) assert.equal(isAlive(pid), false);
  // It would blame the route that it asks for itself.
  assert.deepEqual(JSON.parse((await drover.verb("crashes", "--json")).stdout).crashes, []);

  await terminal.press("y", "Enter");
  await terminal.waitFor("of requests while nothing is done to the app");
  await terminal.press("C-c");
  await terminal.waitFor("code 1, run 3");
  assert.match((await terminal.screen()).join("\n"), /^not proved: no request was lost; ended early: interrupted$/m);
});

test("says which deed has lost what, by cause, and ends with 1", async (t) => {
  const flags = [...FAST, "--drain-timeout", "100ms"];
  const drover = await start(t, app("http.js"), { flags });
  const path = ["--path", "/slow?ms=600", "--rate", "20"];
  const { code, stdout, stderr } = await drover.verb(
    "prove",
    "--yes",
    "--json",
    "--reloads",
    "1",
    "--kills",
    "0",
    ...path,
  );
  assert.equal(code, 1, stderr);
  const verdict = JSON.parse(stdout) as Verdict & { readonly version: number };
  const [reload] = verdict.deeds;
  assert.equal(verdict.version, 1);
  assert.ok(reload?.type === "reload" && reload.error === null && reload.lost > 0, stdout);
  assert.equal(verdict.lost.reset, reload.lost, stdout);
  assert.deepEqual([verdict.passed, verdict.lostInCalm, verdict.cutByKills], [false, 0, 0], stdout);
});

test("kills nobody who would not be replaced", async (t) => {
  const drover = await start(t, app("http.js"), { flags: [...FAST, "--restart", "never"] });
  const before = [...drover.workers().values()];
  const asked = await drover.verb("prove", "--yes", "--kills", "1", "--reloads", "0");
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /expected --kills 0, got 1: "web" runs with restart "never"/);
  assert.deepEqual([...drover.workers().values()], before);
  const { code, stdout, stderr } = await drover.verb("prove", "--yes", "--reloads", "1", "--rate", "5", "--path", "/x");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /so none is killed[^]*^warning: every answer was a 404, [^\n]*got --path \/x$/m);
  assert.match(stdout, /^proved: no request was lost by 1 reload$/m);
  assert.doesNotMatch(stdout, /^cut /m);
});
