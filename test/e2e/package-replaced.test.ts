import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { install } from "../support/installed.ts";

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
