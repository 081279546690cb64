import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { temporaryFolder } from "../support/fixture.ts";
import { BOUND_MS } from "../support/wait.ts";

const root = join(import.meta.dirname, "../..");

test("in the clone npx drover runs what was built last", async (t) => {
  // npx marks it only the first time: a later build has to do so itself.
  accessSync(join(root, "dist/cli.js"), constants.X_OK);
  const home = temporaryFolder(t);
  const PATH = process.env["PATH"];
  const env = { PATH, HOME: home, DROVER_HOME: home, npm_config_cache: join(home, "npm"), npm_config_offline: "true" };
  const run = promisify(execFile);
  const { stdout } = await run("npx", ["drover", "ls"], { cwd: root, env, timeout: BOUND_MS });
  assert.equal(stdout, "no app is running\n");
});
