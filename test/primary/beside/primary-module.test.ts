import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { PrimaryModule } from "../../../src/primary/beside/primary-module.ts";
import type { Source } from "../../../src/primary/output/carrier.ts";
import type { Launch } from "../../../src/primary/workers/worker-handle.ts";
import type { Log } from "../../../src/telemetry/log.ts";
import { LIMITS } from "../../policy/fleets.ts";
import { app, temporaryFolder } from "../../support/fixture.ts";
import { isAlive } from "../../support/proc.ts";
import { until } from "../../support/wait.ts";

interface Said {
  readonly event: string;
  readonly text: string;
  readonly pid?: number;
  readonly delayMs?: number;
}

interface Beside {
  readonly module: PrimaryModule;
  readonly said: readonly Said[];
  /** What the module printed. */
  output(): string;
  find(event: string, times?: number): Promise<Said>;
}

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NODE_")));

/** Starts it as the primary would, and ends it with the test. */
function start(t: TestContext, file: string, changes: { cwd?: string; drainTimeout?: number } = {}): Beside {
  const said: Said[] = [];
  let output = "";
  const say = (event: string, fields: object, text: string): void => void said.push({ event, text, ...fields });
  const log: Log = { debug: say, info: say, warn: say, error: say, flush: () => Promise.resolve() };
  const carry = ({ stdout }: Source): void => void stdout?.on("data", (chunk) => (output += String(chunk)));
  const { cwd = app(""), drainTimeout = LIMITS.drainTimeout } = changes;
  const launch = { args: [], nodeOptions: [], cwd, env: environment, piped: true } as unknown as Launch;
  const module = new PrimaryModule(app(file), launch, { ...LIMITS, drainTimeout }, log, carry);
  t.after(() => module.stop(true));
  const find = (event: string, times = 1): Promise<Said> =>
    until(() => said.filter((line) => line.event === event)[times - 1], `${event} no. ${times}`);
  return { module, said, output: () => output, find };
}

async function running(beside: Beside): Promise<number> {
  await until(() => beside.output().includes("beside runs"), "the module to run");
  return (await beside.find("primary-module-started")).pid ?? 0;
}

suite("a module beside the primary", () => {
  test("is told to leave by TERM, and waited for", async (t) => {
    const beside = start(t, "beside/polite.js");
    const pid = await running(beside);
    await beside.module.stop(false);
    assert.equal(isAlive(pid), false);
    await until(() => beside.output().includes("cleaned up"), "its last words");
  });

  test("is killed when it stays longer than the drain timeout", async (t) => {
    const beside = start(t, "beside/stubborn.js", { drainTimeout: 200 });
    const pid = await running(beside);
    await beside.module.stop(false);
    assert.equal(isAlive(pid), false);
    assert.equal((await beside.find("primary-module-killed")).pid, pid);
  });

  test("is killed at once by a stop that cannot wait, also after one that could", async (t) => {
    const beside = start(t, "beside/stubborn.js", { drainTimeout: 600_000 });
    const pid = await running(beside);
    const gone = beside.module.stop(false);
    await until(() => beside.output().includes("TERM heard"), "its TERM");
    assert.equal(isAlive(pid), true);
    await beside.module.stop(true);
    await gone;
    assert.equal(isAlive(pid), false);
  });

  test("ends when it has nothing left to do, and is started again after the workers' waits", async (t) => {
    const beside = start(t, "beside/brief.js");
    await beside.find("primary-module-started", 3);
    const waits = beside.said.filter(({ event }) => event === "primary-module-died").map(({ delayMs }) => delayMs);
    assert.deepEqual(waits.slice(0, 2), [100, 200]);
  });

  test("counts as dead when its start throws, and starts once it can", async (t) => {
    const cwd = join(temporaryFolder(t), "cwd");
    // ENOTDIR is thrown by spawn, other than ENOENT, which comes as an event.
    writeFileSync(cwd, "");
    const beside = start(t, "beside/plain.js", { cwd });
    assert.match((await beside.find("primary-module-died")).text, /could not start: .*ENOTDIR/);
    rmSync(cwd);
    assert.match((await beside.find("primary-module-died", 2)).text, /could not start: .*(ENOTDIR|ENOENT)/);
    mkdirSync(cwd);
    await running(beside);
  });

  test("can be stopped while it waits for its next start", async (t) => {
    const beside = start(t, "beside/plain.js", { cwd: "/dev/null" });
    await beside.find("primary-module-died");
    await beside.module.stop(false);
    assert.deepEqual(
      beside.said.filter(({ event }) => event === "primary-module-started"),
      [],
    );
  });
});
