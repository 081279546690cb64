import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { homeOf, openRunFolder, socketOf } from "../../src/control/home.ts";
import type { Progress, Result, WorkerBrief } from "../../src/protocol/control.ts";
import { NO_CUTS, play } from "../support/control.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { openTerminal } from "../support/terminal.ts";
import { need } from "../support/tools.ts";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const at = (slot: number, generation: number, state: WorkerBrief["state"]): WorkerBrief => ({
  slot,
  generation,
  state,
  pid: 4000 + slot,
});

test("on a terminal the steps of a command are one picture that is drawn over itself, and gone at the end", async (t) => {
  if (!need(t, "tmux", "tmux")) return;
  const env = { DROVER_HOME: temporaryFolder(t) };
  const home = homeOf(env);
  await openRunFolder(home);
  const asked = Promise.withResolvers<(progress: Progress) => void>();
  const { promise, resolve } = Promise.withResolvers<Result>();
  await play(t, socketOf(home, "web"), (_, progress) => {
    asked.resolve(progress);
    return promise;
  });

  const command = `'${process.execPath}' '${cli}' reload; echo "code $?"; read -r line`;
  const terminal = await openTerminal(t, `cd '${env.DROVER_HOME}'; ${command}`, env, [60, 12]);
  const show = await asked.promise;
  show({ text: "generation 2 begins", workers: [at(1, 1, "ready"), at(2, 1, "ready")] });
  await terminal.waitFor("generation 2 begins");
  show({ text: "worker 1 started", workers: [at(1, 1, "ready"), at(2, 1, "ready"), at(1, 2, "starting")] });
  await terminal.waitFor("worker 1 started");
  const [first, second, step = "", ...rest] = await terminal.screen();
  assert.deepEqual([first, second, rest], ["generation 1  ● ●", "generation 2  ◐", []]);
  assert.match(step, /^\d.* s {2}worker 1 started$/);
  assert.match((await terminal.screen("-e")).join("\n"), /\u001B\[32m●|\u001B\[36m●/);

  show({ text: `worker 1 ready ${"x".repeat(100)}`, workers: [at(1, 2, "ready"), at(2, 1, "draining")] });
  await terminal.waitFor("worker 1 ready");
  const [older, newer, long = ""] = await terminal.screen();
  assert.deepEqual([older, newer, long.length, long.at(-1)], ["generation 1  ○", "generation 2  ●", 59, "…"]);

  resolve({ verb: "reload", text: "generation 2 serves", generation: 2, ledger: NO_CUTS });
  await terminal.waitFor("code 0");
  assert.deepEqual(await terminal.screen(), ["web: generation 2 serves", "code 0"]);
});
