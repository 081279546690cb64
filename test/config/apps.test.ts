import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { optionValue } from "../../src/config/nest.ts";
import type { OptionKey } from "../../src/config/option.ts";
import { resolveApps, resolveConfig, type Resolution } from "../../src/config/resolve.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { temporaryFolder } from "../support/fixture.ts";

interface Given {
  readonly file?: object;
  readonly words?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** Resolves in a folder with `api.js` and `queue.js`. */
async function resolveIn(t: TestContext, { file, words = [], env = {}, flags = {} }: Given): Promise<Resolution[]> {
  const cwd = temporaryFolder(t);
  for (const name of ["api.js", "queue.js"]) writeFileSync(join(cwd, name), "");
  if (file !== undefined) writeFileSync(join(cwd, "drover.config.json"), JSON.stringify(file));
  return (await resolveApps({ flags, env, cwd }, words)).map(({ resolution }) => resolution);
}

const api = { entry: "api.js", port: 4000 };
const queue = { entry: "queue.js", listen: false };
const file = { workers: 2, timeouts: { drain: "5s", boot: "9s" }, env: { A: "all", B: "all" }, apps: { api, queue } };

type Row = readonly [title: string, own: object, key: OptionKey, value: unknown, origin: string];

const layers: readonly Row[] = [
  ["an option outside of apps", {}, "workers", 2, "drover.config.json"],
  ["an option of the app before it", { workers: 3 }, "workers", 3, "drover.config.json"],
  ["sections option by option", { timeouts: { drain: "7s" } }, "timeouts.boot", 9000, "drover.config.json"],
  [
    "the app's variables beside those of all",
    { env: { B: "own" } },
    "env",
    { A: "all", B: "own" },
    "drover.config.json",
  ],
  ["its key as its name", {}, "name", "api", "default, from apps"],
  ["a name of its own before its key", { name: "shop" }, "name", "shop", "drover.config.json"],
];

suite("an app of several takes", () => {
  for (const [title, own, key, value, origin] of layers) {
    test(title, async (t) => {
      const apps = { api: { ...api, ...own }, queue };
      const [first] = await resolveIn(t, { file: { ...file, apps } });
      assert.deepEqual([optionValue(first?.config ?? {}, key), first?.origins[key]], [value, origin]);
    });
  }

  test("a flag before all", async (t) => {
    const resolved = await resolveIn(t, { file, flags: { workers: "1" } });
    assert.deepEqual(
      resolved.map(({ config }) => config.workers),
      [1, 1],
    );
  });
});

const named: readonly (readonly [words: readonly string[], entries: readonly string[]])[] = [
  [[], ["api.js", "queue.js"]],
  [["queue"], ["queue.js"]],
  [
    ["queue", "api"],
    ["queue.js", "api.js"],
  ],
  [["api", "api"], ["api.js"]],
  [["api.js"], ["api.js"]],
];

suite("beside a file with apps, drover start", () => {
  for (const [words, entries] of named) {
    test(`${words.join(" ") || "without a word"} runs ${entries.join(" and ")}`, async (t) => {
      const resolved = await resolveIn(t, { file, words });
      assert.deepEqual(
        resolved.map(({ config }) => config.entry.split("/").at(-1)),
        entries,
      );
    });
  }

  test("./api is the entry of that name, with the options outside of apps only", async (t) => {
    const cwd = temporaryFolder(t);
    for (const name of ["api", "api.js", "queue.js"]) writeFileSync(join(cwd, name), "");
    writeFileSync(join(cwd, "drover.config.json"), JSON.stringify(file));
    const [resolved] = await resolveApps({ flags: {}, env: {}, cwd }, ["./api"]);
    assert.equal(resolved?.resolution.config.entry, join(cwd, "api"));
    assert.deepEqual([resolved.resolution.config.port, resolved.resolution.config.workers], [3000, 2]);
  });

  test("a single app needs no name", async (t) => {
    const cwd = temporaryFolder(t);
    writeFileSync(join(cwd, "api.js"), "");
    writeFileSync(join(cwd, "drover.config.json"), JSON.stringify({ apps: { api } }));
    assert.equal((await resolveConfig({ flags: {}, env: {}, cwd })).config.name, "api");
  });
});

const second = { entry: "queue.js" };
type Refused = readonly [title: string, given: Given, code: ErrorCode, message: RegExp, hint: RegExp];

const refused: readonly Refused[] = [
  [
    "the default port for two",
    { file: { apps: { api: { entry: "api.js" }, queue: second } } },
    "CONFIG_INVALID",
    /the apps api and queue, got port 3000 \(default\) for both$/,
    /listen: false/,
  ],
  [
    "one port of the environment for two",
    { file: { apps: { api: { entry: "api.js" }, queue: second } }, env: { PORT: "80" } },
    "CONFIG_INVALID",
    /got port 80 \(env PORT\) for both$/,
    /port/,
  ],
  [
    "a port for two, of which one counts from a lower one",
    { file: { apps: { api: { ...api, perSlot: true, workers: 4 }, queue: { ...second, port: 4003 } } } },
    "CONFIG_INVALID",
    /the apps api and queue, got port 4003 \(drover\.config\.json\) for both$/,
    /port/,
  ],
  [
    "one unix socket for two",
    { file: { listen: "unix:web.sock", apps: { api, queue: second } } },
    "CONFIG_INVALID",
    /got .*web\.sock for both$/,
    /port/,
  ],
  [
    "one name for two",
    { file, flags: { name: "shop" } },
    "CONFIG_INVALID",
    /got "shop" \(flag --name\) for .*api\.js and .*queue\.js$/,
    /key in apps/,
  ],
  [
    "one log file for two",
    { file, flags: { "log.file": "web.log" } },
    "CONFIG_INVALID",
    /got .*web\.log \(flag --log-file\) for both$/,
    /log\.file for each/,
  ],
  [
    "a mistyped name",
    { file, words: ["quue"] },
    "USAGE",
    /apps of drover\.config\.json \(api, queue\), got "quue"$/,
    /Did you mean queue\?/,
  ],
  ["a name beside an entry", { file, words: ["api", "api.js"] }, "USAGE", /got "api\.js"$/, /drover api\.js/],
  [
    "two entries",
    { words: ["api.js", "queue.js"] },
    "USAGE",
    /^expected one entry, got 2: api\.js, queue\.js$/,
    /apps/,
  ],
  ["apps that are a list", { file: { apps: [api] } }, "CONFIG_INVALID", /json:1:2: .*got an array$/, /Write apps/],
  ["no apps in apps", { file: { apps: {} } }, "CONFIG_INVALID", /got an empty object$/, /Write apps/],
  [
    "an app that is no object",
    { file: { apps: { api: "api.js" } } },
    "CONFIG_INVALID",
    /apps\.api, got "api\.js"$/,
    /apps/,
  ],
  ["a name like a flag", { file: { apps: { "-a": api } } }, "CONFIG_INVALID", /name of an app, got "-a"$/, /apps/],
  [
    "an unknown key in an app",
    { file: { apps: { api: { ...api, wrokers: 1 } } } },
    "CONFIG_INVALID",
    /json:1:\d+: .*"wrokers"$/,
    /"workers"/,
  ],
  ["apps inside of an app", { file: { apps: { api: { apps: { api } } } } }, "CONFIG_INVALID", /"apps"$/, /schema|args/],
  [
    "a wrong value in an app",
    { file: { apps: { api: { ...api, workers: 0 } } } },
    "CONFIG_INVALID",
    /json:1:\d+, workers: .*got 0$/,
    /auto/,
  ],
];

suite("apps are refused for", () => {
  for (const [title, given, code, message, hint] of refused) {
    test(title, async (t) => {
      await assert.rejects(resolveIn(t, given), { code, message, hint });
    });
  }

  test("an app that the file no longer has", async (t) => {
    const cwd = temporaryFolder(t);
    writeFileSync(join(cwd, "drover.config.json"), JSON.stringify(file));
    const message = /expected the app shop in apps, got api, queue$/;
    await assert.rejects(resolveConfig({ flags: {}, env: {}, cwd, app: "shop" }), { code: "CONFIG_INVALID", message });
  });

  test("none named where only one can run", async (t) => {
    const cwd = temporaryFolder(t);
    writeFileSync(join(cwd, "drover.config.json"), JSON.stringify(file));
    const message = "drover.config.json: expected one app, got 2: api, queue";
    await assert.rejects(resolveConfig({ flags: {}, env: {}, cwd }), { code: "CONFIG_INVALID", message });
  });
});

const apart: Readonly<Record<string, object>> = {
  "ports of their own": { api, queue: { entry: "queue.js", port: 4001 } },
  "hosts of their own": { api: { ...api, host: "127.0.0.1" }, queue: { ...api, host: "127.0.0.2" } },
  "a port that is any free one": { api: { entry: "api.js", port: 0 }, queue: { entry: "queue.js", port: 0 } },
  "listens of their own": { api: { entry: "api.js", serve: "listen" }, queue: { entry: "queue.js", serve: "listen" } },
  "one that serves nothing": { api: { entry: "api.js" }, queue },
};

suite("apps run side by side with", () => {
  for (const [title, apps] of Object.entries(apart)) {
    test(title, async (t) => assert.equal((await resolveIn(t, { file: { apps } })).length, 2));
  }
});
