import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { request, type Target } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** The script as docs/releases.md has it. */
function deployScript(): string {
  const docs = readFileSync(new URL("../../docs/releases.md", import.meta.url), "utf8");
  const [, script] = /^```sh\n(#!\/bin\/sh\n[^`]+)```$/m.exec(docs) ?? [];
  assert.ok(script, "docs/releases.md has no script");
  return script;
}

/** A machine's folder of releases, laid out as in docs/releases.md. */
class Shop {
  readonly folder: string;

  constructor(t: TestContext) {
    this.folder = temporaryFolder(t);
    writeFileSync(join(this.folder, "deploy.sh"), deployScript(), { mode: 0o755 });
  }

  /** Its name comes from its own node_modules, as its Drover does. */
  build(name: string, source = `import { name } from "named";\nexport const server = serve(name);\n`): void {
    const modules = join(this.folder, "releases", name, "node_modules");
    mkdirSync(join(modules, ".bin"), { recursive: true });
    mkdirSync(join(modules, "named"));
    writeFileSync(join(modules, "named", "index.mjs"), `export const name = "${name}";\n`);
    writeFileSync(join(modules, "named", "package.json"), JSON.stringify({ name: "named", exports: "./index.mjs" }));
    const drover = `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`;
    writeFileSync(join(modules, ".bin", "drover"), drover, { mode: 0o755 });
    const serve = `import { serve } from ${JSON.stringify(app("reload/site.js"))};\n`;
    writeFileSync(join(this.folder, "releases", name, "server.mjs"), `${serve}${source}`);
  }

  get current(): string {
    return readlinkSync(join(this.folder, "current"));
  }

  deploy(name: string, home: string): Promise<{ readonly code: unknown; readonly said: string }> {
    const env = { ...process.env, DROVER_HOME: home };
    return new Promise((resolve) => {
      execFile(join(this.folder, "deploy.sh"), [name], { env, cwd: "/" }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, said: `${stdout}${stderr}` }),
      );
    });
  }
}

async function answering(target: Target): Promise<ReadonlySet<string | undefined>> {
  const answers = await Promise.all(Array.from({ length: 20 }, () => request(target)));
  return new Set(answers.map(({ response }) => response?.headers.get("x-release")));
}

test("the deploy script of docs/releases.md goes forth, refuses a broken release and goes back, and no request is lost", async (t) => {
  const shop = new Shop(t);
  shop.build("41");
  symlinkSync("releases/41", join(shop.folder, "current"));
  const current = join(shop.folder, "current");
  const flags = ["--name", "shop", "--probation", "200ms", "--idle-timeout", "300ms"];
  // As a shell leaves it after `cd /srv/shop/current`.
  const drover = await start(t, "server.mjs", { cwd: current, env: { PWD: current }, flags });
  const load = startLoad(t, drover, { rate: 100, postEvery: 2 });
  assert.deepEqual(await answering(drover), new Set(["41"]));

  shop.build("42");
  const forth = await shop.deploy("42", drover.home);
  assert.equal(forth.code, 0, forth.said);
  assert.deepEqual([shop.current, await answering(drover)], ["releases/42", new Set(["42"])]);

  shop.build("43", 'throw new Error("no such table: orders");\n');
  const broken = await shop.deploy("43", drover.home);
  assert.equal(broken.code, 1);
  assert.match(broken.said, /generation 2 serves on[\s\S]*no such table: orders/);
  assert.deepEqual([shop.current, await answering(drover)], ["releases/42", new Set(["42"])]);

  // The folder it was started in.
  rmSync(join(shop.folder, "releases/41"), { recursive: true });
  shop.build("44");
  const next = await shop.deploy("44", drover.home);
  assert.equal(next.code, 0, next.said);
  assert.deepEqual([shop.current, await answering(drover)], ["releases/44", new Set(["44"])]);

  const back = await shop.deploy("42", drover.home);
  assert.equal(back.code, 0, back.said);
  assert.deepEqual([shop.current, await answering(drover)], ["releases/42", new Set(["42"])]);

  const missing = await shop.deploy("45", drover.home);
  assert.notEqual(missing.code, 0);
  assert.deepEqual([shop.current, await answering(drover)], ["releases/42", new Set(["42"])]);

  const samples = await load.stop();
  assert.equal(describe(load.failures), "", `of ${samples.length}`);
});
