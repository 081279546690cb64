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

/** The script as docs/releases.md has it, or as it is to be under systemd. */
function deployScript(under: "systemd" | null = null): string {
  const docs = readFileSync(new URL("../../docs/releases.md", import.meta.url), "utf8");
  const [, script] = /^```sh\n(#!\/bin\/sh\n[^`]+)```$/m.exec(docs) ?? [];
  const [, lastLine] = /^```sh\n(systemctl reload .*\n)```$/m.exec(docs) ?? [];
  assert.ok(script && lastLine, "docs/releases.md has no script, or no line for systemd");
  return under === "systemd" ? script.replace(/.*\n$/, lastLine) : script;
}

/** A machine's folder of releases, laid out as in docs/releases.md. */
class Shop {
  readonly folder: string;

  constructor(t: TestContext, script = deployScript()) {
    this.folder = temporaryFolder(t);
    writeFileSync(join(this.folder, "deploy.sh"), script, { mode: 0o755 });
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

  /** `path` is where commands are looked for. */
  deploy(
    name: string | null,
    home: string,
    path = process.env["PATH"],
  ): Promise<{ readonly code: unknown; readonly said: string }> {
    const env = { ...process.env, DROVER_HOME: home, PATH: path };
    return new Promise((resolve) => {
      execFile(
        join(this.folder, "deploy.sh"),
        name === null ? [] : [name],
        { env, cwd: "/" },
        (error, stdout, stderr) => resolve({ code: error?.code ?? 0, said: `${stdout}${stderr}` }),
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

  const samples = await load.stop();
  assert.equal(describe(load.failures), "", `of ${samples.length}`);

  await drover.stop();
  const stopped = await shop.deploy("44", drover.home);
  assert.deepEqual([stopped.code, shop.current], [69, "releases/42"], stopped.said);
});

test("the deploy script says what it expected where there is no such release", async (t) => {
  const shop = new Shop(t);
  shop.build("41");
  symlinkSync("releases/41", join(shop.folder, "current"));
  for (const [name, got] of [
    ["99", "99"],
    ["", ""],
    [null, ""],
  ] as const)
    assert.deepEqual(
      [await shop.deploy(name, shop.folder), shop.current],
      [{ code: 2, said: `expected a folder in releases/, got '${got}'\n` }, "releases/41"],
    );
});

test("the deploy script for systemd has it reload, and goes back when that fails", async (t) => {
  const shop = new Shop(t, deployScript("systemd"));
  for (const name of ["41", "42", "43"]) shop.build(name);
  symlinkSync("releases/41", join(shop.folder, "current"));
  const systemctl = `#!/bin/sh\necho "$@ $(readlink '${shop.folder}/current')"\n! [ -e '${shop.folder}/broken' ]\n`;
  writeFileSync(join(shop.folder, "systemctl"), systemctl, { mode: 0o755 });
  const path = `${shop.folder}:${process.env["PATH"]}`;
  const forth = await shop.deploy("42", shop.folder, path);
  assert.deepEqual([forth, shop.current], [{ code: 0, said: "reload shop releases/42\n" }, "releases/42"]);
  writeFileSync(join(shop.folder, "broken"), "");
  const broken = await shop.deploy("43", shop.folder, path);
  assert.deepEqual([broken, shop.current], [{ code: 1, said: "reload shop releases/43\n" }, "releases/42"]);
});
