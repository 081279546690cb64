import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Visitor } from "../support/visitor.ts";
import { within } from "../support/wait.ts";

const folder = fileURLToPath(new URL("../../examples/sessions/", import.meta.url));

/** Runs the example by itself, without Drover and without a store, and answers its URL. */
async function run(t: TestContext, example: string): Promise<string> {
  const { DROVER_STORE: _, REDIS_URL: __, ...outside } = process.env;
  const env = { ...outside, PORT: "0", NO_COLOR: "1" };
  const child = spawn(process.execPath, [folder + example], { env, stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  t.after(async () => {
    child.kill("SIGKILL");
    await exit;
  });
  const [said] = await within(once(child.stdout.setEncoding("utf8"), "data"), `${example} to listen`);
  const port = /(\d+)\D*$/.exec(String(said))?.[1];
  return `http://localhost:${port}`;
}

async function nameOf(answer: Response): Promise<unknown> {
  assert.equal(answer.status, 200);
  return ((await answer.json()) as { name?: unknown }).name ?? null;
}

for (const example of readdirSync(folder))
  test(`examples/sessions/${example} logs in and out under plain node as well`, async (t) => {
    const visitor = new Visitor(await run(t, example));
    assert.equal(await nameOf(await visitor.get("/me")), null);
    assert.equal(await nameOf(await visitor.post("/login?name=Ada")), "Ada");
    assert.equal(await nameOf(await visitor.get("/me")), "Ada");
    assert.equal(await nameOf(await visitor.post("/logout")), null);
    assert.equal(await nameOf(await visitor.get("/me")), null);
  });
