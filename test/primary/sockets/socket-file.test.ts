import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { isSocketFile } from "../../../src/primary/sockets/socket-file.ts";
import { temporaryFolder } from "../../support/fixture.ts";

test("a look at a socket's file leaves packages that a link leads to as they are", async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ["one", "other"]) {
    mkdirSync(join(folder, "store", name), { recursive: true });
    writeFileSync(join(folder, "store", name, "index.js"), "exports.found = 1;");
  }
  symlinkSync(join(folder, "store"), join(folder, "node_modules"));
  const path = join(folder, "web.sock");
  const server = createServer().listen(path);
  t.after(() => server.close());
  await once(server, "listening");
  writeFileSync(join(folder, "app.mjs"), "export const load = async (name) => (await import(name)).found;");
  const { load } = await import(pathToFileURL(join(folder, "app.mjs")).href);

  assert.equal(await load("one"), 1);
  assert.deepEqual([folder, join(folder, "none"), path].map(isSocketFile), [false, null, true]);
  assert.equal(await load("other"), 1);
});
