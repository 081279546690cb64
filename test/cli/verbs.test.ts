import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { VERBS } from "../../src/cli/verbs.ts";
import { optionRows } from "../../src/config/options.ts";
import { VERSION } from "../../src/version.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { drover } from "./built-cli.ts";

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

suite("help", () => {
  test("shows examples first, then the common options, then every verb, on one page", async (t) => {
    const { code, stdout } = await drover(["--help"], { cwd: temporaryFolder(t) });
    assert.equal(code, 0);
    assert.match(stdout, /Examples[^]*Options[^]*Verbs/);
    for (const { words } of VERBS) assert.match(stdout, new RegExp(`^  ${words}`, "m"));
    assert.ok(stdout.split("\n").length < 70, stdout);
  });

  test("of start shows every flag of the table with its default", async (t) => {
    const { stdout } = await drover(["start", "--help"], { cwd: temporaryFolder(t) });
    for (const flag of optionRows().flatMap(([, option]) => [option.flag ?? [], option.off?.flag ?? []].flat())) {
      assert.ok(stdout.includes(flag), flag);
    }
    assert.match(stdout, /--drain-timeout <time> .*\(20s\)/);
  });

  test("has no lines above 100 columns", async (t) => {
    const { stdout } = await drover(["start", "--help"], { cwd: temporaryFolder(t) });
    assert.deepEqual(
      stdout.split("\n").filter((line) => line.length > 100),
      [],
    );
  });

  for (const { words } of VERBS) {
    test(`of ${words} says how it is used`, async (t) => {
      const { code, stdout } = await drover([...words.split(" "), "-h"], { cwd: temporaryFolder(t) });
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(words === "start" ? "drover \\[start\\]" : `drover ${words}`));
    });
  }

  test("without a terminal has no colours, and with FORCE_COLOR has", async (t) => {
    const cwd = temporaryFolder(t);
    const coloured = async (env: Readonly<Record<string, string>>) =>
      (await drover(["--help"], { cwd, env })).stdout.includes("\u001B[1m");
    assert.equal(await coloured({}), false);
    assert.equal(await coloured({ FORCE_COLOR: "1" }), true);
    assert.equal(await coloured({ NO_COLOR: "1" }), false);
  });

  test("for want of a verb goes to stderr and is a usage error", async (t) => {
    const { code, stdout, stderr } = await drover(["config"], { cwd: temporaryFolder(t) });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /config print/);
  });
});

suite("version", () => {
  for (const args of [["version"], ["--version"], ["-v"]]) {
    test(`drover ${args.join(" ")} names the versions`, async (t) => {
      const { code, stdout } = await drover(args, { cwd: temporaryFolder(t) });
      assert.equal(code, 0);
      assert.ok(stdout.startsWith(`drover ${VERSION} (Node ${process.versions.node}, `), stdout);
    });
  }

  test("--json is one versioned object", async (t) => {
    const { stdout } = await drover(["--version", "--json"], { cwd: temporaryFolder(t) });
    const { platform, arch, versions } = process;
    assert.deepEqual(JSON.parse(stdout), { version: 1, drover: VERSION, node: versions.node, platform, arch });
  });
});

suite("config print", () => {
  const files = { "app.js": "", ".env": "TOKEN=secret\n", "drover.config.json": '{ "port": 4000, "envFile": ".env" }' };

  test("shows every option, aligned, with its origin", async (t) => {
    const cwd = folderWith(t, files);
    const { code, stdout } = await drover(["config", "print", "-w", "2"], { cwd });
    const [head = "", ...lines] = stdout.trimEnd().split("\n");
    assert.equal(code, 0);
    assert.deepEqual(
      lines.map((line) => line.split(" ")[0]),
      optionRows().map(([key]) => key),
    );
    assert.match(stdout, /^port +4000 +drover\.config\.json$/m);
    assert.match(stdout, /^workers +2 +flag --workers$/m);
    assert.match(stdout, /^timeouts\.drain +20s +default$/m);
    const column = head.indexOf("ORIGIN");
    assert.ok(lines.every((line) => line[column - 1] === " " && line[column] !== " "));
  });

  test("shows the names of the app's variables and never their values", async (t) => {
    const cwd = folderWith(t, files);
    for (const args of [
      ["config", "print"],
      ["config", "print", "--json"],
    ]) {
      const { stdout } = await drover(args, { cwd, env: { SECRET: "secret" } });
      assert.match(stdout, /TOKEN/);
      assert.doesNotMatch(stdout, /secret|SECRET/);
    }
  });

  test("shows the store without its password", async (t) => {
    const cwd = folderWith(t, files);
    const env = { REDIS_URL: "rediss://ada:secret@cache/0" };
    const table = await drover(["config", "print"], { cwd, env });
    assert.match(table.stdout, /^store +rediss:\/\/cache\/0 +env REDIS_URL$/m);
    const json = await drover(["config", "print", "--json"], { cwd, env });
    const { options } = JSON.parse(json.stdout) as { options: Record<string, unknown> };
    assert.deepEqual(options["store"], { value: "rediss://cache/0", origin: "env REDIS_URL" });
    assert.doesNotMatch(table.stdout + json.stdout, /secret|ada/);
  });

  test("--json is one versioned object with real types", async (t) => {
    const cwd = folderWith(t, files);
    const { stdout } = await drover(["config", "print", "app.js", "--json", "--no-log-prefix", "--", "--seed", "7"], {
      cwd,
    });
    const { version, options } = JSON.parse(stdout) as { version: number; options: Record<string, unknown> };
    assert.equal(version, 1);
    assert.deepEqual(options["port"], { value: 4000, origin: "drover.config.json" });
    assert.deepEqual(options["log.prefix"], { value: false, origin: "flag --no-log-prefix" });
    assert.deepEqual(options["args"], { value: ["--seed", "7"], origin: "command line" });
    assert.deepEqual(options["env"], { value: ["TOKEN"], origin: "env file .env" });
  });
});

suite("config validate", () => {
  test("says what would run", async (t) => {
    const cwd = folderWith(t, { "app.js": "" });
    const { code, stdout } = await drover(["config", "validate", "--name", "shop", "-w", "3"], { cwd });
    assert.deepEqual([code, stdout], [0, `ok: shop would run ${join(cwd, "app.js")} with 3 workers\n`]);
  });

  test("ends with the error that start would end with", async (t) => {
    const cwd = folderWith(t, { "app.js": "", "drover.config.json": '{ "port": -1 }' });
    const { code, stderr } = await drover(["config", "validate"], { cwd });
    assert.equal(code, 78);
    assert.match(
      stderr,
      /^error: drover\.config\.json:1:3, port: expected a port from 0 to 65535, got -1 \[CONFIG_INVALID\]$/m,
    );
  });
});

test("config schema prints JSON Schema 2020-12", async (t) => {
  const { code, stdout } = await drover(["config", "schema"], { cwd: temporaryFolder(t) });
  assert.equal(code, 0);
  assert.equal((JSON.parse(stdout) as { $schema: string }).$schema, "https://json-schema.org/draft/2020-12/schema");
});
