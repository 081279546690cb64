import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/fixture.ts";
import { within } from "../support/wait.ts";

const secretFile = fileURLToPath(new URL("../../examples/express-ts/secret.ts", import.meta.url));

/** A folder with a copy, since the secret is written beside it. */
function copy(t: TestContext): string {
  const folder = temporaryFolder(t);
  copyFileSync(secretFile, join(folder, "secret.mts"));
  return folder;
}

async function secretIn(folder: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const source = `import { sessionSecret } from "./secret.mts"; console.log(sessionSecret());`;
  const clean = { PATH: process.env["PATH"] };
  const options = { cwd: folder, env: { ...clean, ...env } };
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], options);
  const [stdout] = await Promise.all([text(child.stdout), within(once(child, "close"), "a secret")]);
  return stdout.trim();
}

test("the secret is the one of the environment", async (t) => {
  assert.equal(await secretIn(copy(t), { SESSION_SECRET: "given" }), "given");
});

test("workers that start together agree on a secret that they made up, and so do those that come later", async (t) => {
  const folder = copy(t);
  const secrets = await Promise.all(Array.from({ length: 4 }, () => secretIn(folder)));
  const [first = ""] = secrets;
  assert.ok(first.length >= 40);
  assert.deepEqual(new Set([...secrets, await secretIn(folder)]), new Set([first]));
  assert.equal(statSync(join(folder, ".session-secret")).mode & 0o777, 0o600);
});

test("two installations make up different ones", async (t) => {
  assert.notEqual(await secretIn(copy(t)), await secretIn(copy(t)));
});
