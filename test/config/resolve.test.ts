import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { optionValue } from "../../src/config/nest.ts";
import type { OptionKey } from "../../src/config/option.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { resolveIn, type Given } from "./resolve-in.ts";

type Row = readonly [title: string, given: Given, key: OptionKey, value: unknown, origin: string];

const envFile = { envFile: ".env" };
const rows: readonly Row[] = [
  ["a default", {}, "port", 3000, "default"],
  ["the file over the default", { file: { port: 1 } }, "port", 1, "drover.config.json"],
  [
    "the env file over the file",
    { file: { port: 1, ...envFile }, files: { ".env": "PORT=2" } },
    "port",
    2,
    "env file .env",
  ],
  [
    "the environment over the env file",
    { env: { PORT: "3" }, file: envFile, files: { ".env": "PORT=2" } },
    "port",
    3,
    "env PORT",
  ],
  ["start() over the environment", { inline: { port: 4 }, env: { PORT: "3" } }, "port", 4, "start()"],
  ["the flag over all", { flags: { port: "5" }, inline: { port: 4 }, env: { PORT: "3" } }, "port", 5, "flag --port"],
  [
    "env in the file below the file's own key",
    { file: { port: 1, env: { PORT: "9" } } },
    "port",
    1,
    "drover.config.json",
  ],
  ["env in the file over the default", { file: { env: { PORT: "9" } } }, "port", 9, "env in drover.config.json"],
  ["an empty variable as not set", { env: { PORT: "" } }, "port", 3000, "default"],
  ["zero as a value", { flags: { port: "0" }, env: { PORT: "3" } }, "port", 0, "flag --port"],
  ["null in a file as a value", { file: { host: null }, env: {} }, "host", null, "drover.config.json"],
  ["a section of the file", { file: { timeouts: { drain: "5s" } } }, "timeouts.drain", 5000, "drover.config.json"],
  ["the default beside it", { file: { timeouts: { drain: "5s" } } }, "timeouts.boot", 30_000, "default"],
  [
    "a variable of Drover's own",
    { env: { DROVER_DRAIN_TIMEOUT: "1m" } },
    "timeouts.drain",
    60_000,
    "env DROVER_DRAIN_TIMEOUT",
  ],
  ["WEB_CONCURRENCY", { env: { WEB_CONCURRENCY: "7" } }, "workers", 7, "env WEB_CONCURRENCY"],
  ["LOG_LEVEL", { env: { LOG_LEVEL: "trace" } }, "log.level", "debug", "env LOG_LEVEL"],
  [
    "a store in the environment over the one in the file",
    { env: { DROVER_STORE: "redis://a/1" }, file: { store: "redis://b/2" } },
    "store",
    "redis://a/1",
    "env DROVER_STORE",
  ],
  ["REDIS_URL in place of the default", { env: { REDIS_URL: "redis://a/1" } }, "store", "redis://a/1", "env REDIS_URL"],
  [
    "REDIS_URL of the env file",
    { file: envFile, files: { ".env": "REDIS_URL=redis://a/1" } },
    "store",
    "redis://a/1",
    "env file .env",
  ],
  [
    "whoever names a store over REDIS_URL",
    { env: { REDIS_URL: "redis://a/1" }, file: { store: "embedded" } },
    "store",
    "embedded",
    "drover.config.json",
  ],
  [
    "a REDIS_URL that was meant for others as not set",
    { env: { REDIS_URL: "redis://a:1,redis://b:1?family=6" } },
    "store",
    "embedded",
    "default",
  ],
  ["HOST", { env: { HOST: "::1" } }, "host", "::1", "env HOST"],
  ["a flag that turns off", { flags: { "log.prefix": false } }, "log.prefix", false, "flag --no-log-prefix"],
  ["a flag of two that turns off", { flags: { listen: false } }, "listen", false, "flag --no-listen"],
  ["arguments after --", { args: ["--seed", "7"] }, "args", ["--seed", "7"], "command line"],
  [
    "several addresses in one variable",
    { env: { DROVER_LISTEN: "3000,[::1]:3001" } },
    "listen",
    ["3000", "[::1]:3001"],
    "env DROVER_LISTEN",
  ],
];

suite("an option is taken from the strongest source", () => {
  for (const [title, given, key, value, origin] of rows) {
    test(title, async (t) => {
      const { config, origins } = await resolveIn(temporaryFolder(t), given);
      assert.deepEqual([optionValue(config, key), origins[key]], [value, origin]);
    });
  }
});

async function nameIn(t: TestContext, packages: Readonly<Record<string, object>>): Promise<readonly string[]> {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "web/dist"), { recursive: true });
  writeFileSync(join(folder, "web/dist/app.js"), "");
  for (const [where, content] of Object.entries(packages)) {
    writeFileSync(join(folder, where, "package.json"), JSON.stringify(content));
  }
  const { config, origins } = await resolveConfig({ flags: {}, env: {}, cwd: folder, entry: "web/dist/app.js" });
  return [config.name, origins["name"] ?? ""];
}

suite("what depends on the app and the machine", () => {
  test("the name is that of the nearest package.json with one", async (t) => {
    const answer = await nameIn(t, { ".": { name: "outer" }, web: { name: "shop" }, "web/dist": { type: "module" } });
    assert.deepEqual(answer, ["shop", "default, from package.json"]);
  });

  test("without one the name is that of the entry's folder", async (t) => {
    assert.deepEqual(await nameIn(t, {}), ["dist", "default, from the entry's folder"]);
  });

  test("the count of workers says why", async (t) => {
    const auto = await resolveIn(temporaryFolder(t), {});
    assert.match(auto.workersWhy, /CPU/);
    assert.ok(auto.config.workers >= 1);
    const given = await resolveIn(temporaryFolder(t), { flags: { workers: "3" } });
    assert.equal(given.workersWhy, "flag --workers");
  });

  test("auto as a value is the count of CPUs, with its origin", async (t) => {
    const { config, origins } = await resolveIn(temporaryFolder(t), { env: { WEB_CONCURRENCY: "auto" } });
    assert.equal(typeof config.workers, "number");
    assert.match(origins["workers"] ?? "", /^env WEB_CONCURRENCY, .*CPU/);
  });

  test("an entry that was found says how, one that was given does not", async (t) => {
    const folder = temporaryFolder(t);
    assert.equal((await resolveIn(folder, {})).found, "app.js, found by its name");
    assert.equal((await resolveIn(folder, { entry: "app.js" })).found, null);
  });

  test("options of a start script hold unless they are set", async (t) => {
    const files = { "package.json": JSON.stringify({ scripts: { start: "node --import ./a.mjs app.js --seed 7" } }) };
    const folder = temporaryFolder(t);
    const found = await resolveIn(folder, { files });
    assert.deepEqual(
      [found.config.nodeOptions, found.config.args],
      [
        ["--import", "./a.mjs"],
        ["--seed", "7"],
      ],
    );
    const set = await resolveIn(folder, { files, args: [], flags: { nodeOptions: "--import ./b.mjs" } });
    assert.deepEqual([set.config.nodeOptions, set.config.args], [["--import", "./b.mjs"], []]);
  });
});

suite("paths", () => {
  test("in a file are relative to the file", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "etc"));
    writeFileSync(join(folder, "etc/web.json"), JSON.stringify({ entry: "../app.js", listen: ["unix:web.sock"] }));
    const { config } = await resolveIn(folder, { configFile: "etc/web.json" });
    assert.equal(config.entry, join(folder, "app.js"));
    assert.deepEqual(config.listen, [`unix:${join(folder, "etc/web.sock")}`]);
  });

  test("of flags and variables are relative to the folder Drover is started in", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "sub"));
    const { config } = await resolveIn(folder, { entry: "app.js", env: { DROVER_CWD: "sub" } });
    assert.deepEqual([config.entry, config.cwd], [join(folder, "app.js"), join(folder, "sub")]);
  });

  test("without an entry the workers' folder is searched", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "sub/server.js"), "");
    assert.equal((await resolveIn(folder, { flags: { cwd: "sub" } })).config.entry, join(folder, "sub/server.js"));
  });
});

suite("the app's variables", () => {
  test("come from the env file before the config file", async (t) => {
    const file = { ...envFile, env: { A: "file", B: "file" } };
    const { config, origins } = await resolveIn(temporaryFolder(t), { file, files: { ".env": "A=env\nC='c d'\n" } });
    assert.deepEqual(config.env, { A: "env", B: "file", C: "c d" });
    assert.equal(origins["env"], "env file .env, drover.config.json");
  });

  test("do not hold what only the environment has", async (t) => {
    const { config } = await resolveIn(temporaryFolder(t), { env: { SECRET: "x" } });
    assert.deepEqual(config.env, {});
  });
});

suite("the result", () => {
  test("is frozen all the way down", async (t) => {
    const { config } = await resolveIn(temporaryFolder(t), { file: { listen: ["3000"], env: { A: "1" } } });
    for (const part of [config, config.timeouts, config.log, config.listen, config.env])
      assert.ok(Object.isFrozen(part));
  });

  test("follows what has changed when it is asked for again", async (t) => {
    const folder = temporaryFolder(t);
    const ports = [];
    for (const port of [1, 2]) ports.push((await resolveIn(folder, { file: { port } })).config.port);
    assert.deepEqual(ports, [1, 2]);
  });

  test("names the app's folder when nothing else does", async (t) => {
    const folder = temporaryFolder(t);
    assert.equal((await resolveIn(folder, {})).config.name, basename(folder));
  });
});
