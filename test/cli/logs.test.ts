import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { homeOf, logOf } from "../../src/control/home.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { within } from "../support/wait.ts";
import { drover } from "./built-cli.ts";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** A DROVER_HOME with the log of an app called `shop` that does not run, lines 1 to 30. */
function leftBehind(t: TestContext) {
  const env = { DROVER_HOME: temporaryFolder(t) };
  const home = homeOf(env);
  mkdirSync(home.logs);
  const path = logOf(home, "shop");
  writeFileSync(path, Array.from({ length: 30 }, (_, line) => `${line + 1}\n`).join(""));
  return { cwd: temporaryFolder(t), env, path };
}

suite("drover logs", () => {
  for (const [args, first] of [
    ["shop", 11],
    ["--name shop", 11],
    ["shop -n 2", 29],
    ["shop --lines=100 --json", 1],
    ["shop -n 0", 31],
  ] as const) {
    test(`${args} begins at line ${first}`, async (t) => {
      const { code, stdout } = await drover(["logs", ...args.split(" ")], leftBehind(t));
      assert.equal(code, 0);
      assert.equal(stdout, Array.from({ length: 31 - first }, (_, line) => `${line + first}\n`).join(""));
    });
  }

  test("in an app's folder are that app's", async (t) => {
    const { cwd, env } = leftBehind(t);
    writeFileSync(join(cwd, "package.json"), '{ "name": "shop", "main": "app.js" }');
    writeFileSync(join(cwd, "app.js"), "");
    assert.equal((await drover(["logs", "-n", "1"], { cwd, env })).stdout, "30\n");
    const logFile = join(cwd, "own.log");
    writeFileSync(logFile, "its own\n");
    writeFileSync(join(cwd, "drover.config.json"), '{ "log": { "file": "own.log" } }');
    assert.equal((await drover(["logs", "-n", "1"], { cwd, env })).stdout, "its own\n");
  });

  test("of one of several apps in a config file are in the file it is given there", async (t) => {
    const { cwd, env } = leftBehind(t);
    const apps = { shop: { entry: "app.js" }, api: { entry: "app.js", port: 4000, log: { file: "api.log" } } };
    writeFileSync(join(cwd, "drover.config.json"), JSON.stringify({ apps }));
    for (const file of ["app.js", "api.log"]) writeFileSync(join(cwd, file), "of api\n");
    assert.equal((await drover(["logs", "api"], { cwd, env })).stdout, "of api\n");
    assert.equal((await drover(["logs", "shop", "-n", "1"], { cwd, env })).stdout, "30\n");
  });

  for (const count of ["x", "-1", "1.5", ""]) {
    test(`-n "${count}" is a usage error`, async (t) => {
      const { code, stderr } = await drover(["logs", "shop", `--lines=${count}`], leftBehind(t));
      assert.equal(code, 2);
      assert.match(stderr, /expected a whole number/);
    });
  }

  test("-f ends without a word when its reader has gone", async (t) => {
    const { cwd, env, path } = leftBehind(t);
    const child = spawn(process.execPath, [cli, "logs", "shop", "-f", "-n", "1"], {
      cwd,
      env: { PATH: process.env["PATH"], ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    t.after(() => child.kill("SIGKILL"));
    let said = "";
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    await within(once(child.stdout, "data"), "the first line");
    child.stdout.destroy();
    appendFileSync(path, "31\n");
    const [code] = await within(once(child, "close"), "its end");
    assert.deepEqual([code, said], [0, ""]);
  });
});
