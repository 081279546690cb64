import assert from "node:assert/strict";
import { cpSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A copy of Drover as npm installs it, which an update may replace. Answers its folder. */
function install(t: TestContext): string {
  const folder = temporaryFolder(t);
  for (const name of ["dist", "package.json"]) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

test("a reload that needs a file of Drover's own says that its package was replaced, and the app serves on", async (t) => {
  const dist = join(install(t), "dist");
  const folder = temporaryFolder(t);
  const entry = join(folder, "app.cjs");
  writeFileSync(entry, 'require("node:http").createServer((_, response) => response.end("old")).listen(0);\n');
  const drover = await start(t, entry, { workers: 1, cli: join(dist, "cli.js") });
  // Of the files of an update none has the name that it had.
  for (const name of readdirSync(dist)) if (/-[\w-]{8}\.js$/.test(name)) rmSync(join(dist, name));
  writeFileSync(join(folder, "drover.config.js"), "export default {};\n");

  const { code, stderr } = await drover.verb("reload");
  assert.equal(code, 1);
  assert.match(
    stderr,
    /its package was replaced or removed while it ran \[RELOAD_FAILED\]\n {2}The app serves on\. Start it anew/,
  );
  assert.equal((await request({ port: drover.port })).response?.body.toString(), "old");
  // Its stop needs none of them either.
  assert.equal((await drover.verb("stop")).code, 0);
});
