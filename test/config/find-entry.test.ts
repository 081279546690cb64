import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { findEntry } from "../../src/config/find-entry.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { temporaryFolder } from "../support/fixture.ts";

/** A folder with these files; a package.json is given as an object. */
function tree(t: TestContext, files: readonly string[], packageJson?: object): string {
  const folder = temporaryFolder(t);
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), "");
  }
  if (packageJson !== undefined) writeFileSync(join(folder, "package.json"), JSON.stringify(packageJson));
  return folder;
}

interface Found {
  readonly files: readonly string[];
  readonly package?: object;
  readonly entry: string;
  readonly found: string;
}

const found: Readonly<Record<string, Found>> = {
  "the start script comes first": {
    files: ["server.js", "index.js", "dist/main.js"],
    package: { main: "index.js", scripts: { start: "node server.js" } },
    entry: "server.js",
    found: "server.js, the start script of package.json",
  },
  "a start script may leave the extension to Node": {
    files: ["dist/main.js"],
    package: { scripts: { start: "node dist/main" } },
    entry: "dist/main.js",
    found: "dist/main.js, the start script of package.json",
  },
  "a start script may name a file without an extension": {
    files: ["bin/www", "app.js"],
    package: { scripts: { start: "node ./bin/www" } },
    entry: "bin/www",
    found: "bin/www, the start script of package.json",
  },
  "a start script that runs drover itself is skipped": {
    files: ["lib/web.js"],
    package: { main: "lib/web.js", scripts: { start: "drover" } },
    entry: "lib/web.js",
    found: 'lib/web.js, "main" of package.json',
  },
  "a start script whose file is not there is skipped": {
    files: ["app.js"],
    package: { scripts: { start: "node build/server.js" } },
    entry: "app.js",
    found: "app.js, found by its name",
  },
  "a main that is not there is skipped": {
    files: ["server.ts"],
    package: { main: "index.js" },
    entry: "server.ts",
    found: "server.ts, found by its name",
  },
  "main may be a folder": {
    files: ["lib/index.js"],
    package: { main: "lib" },
    entry: "lib/index.js",
    found: 'lib/index.js, "main" of package.json',
  },
  "what was built comes before its source": {
    files: ["dist/server.js", "server.ts"],
    entry: "dist/server.js",
    found: "dist/server.js, found by its name",
  },
  "server comes before app, and app before index": {
    files: ["index.js", "app.mjs", "server.cjs"],
    entry: "server.cjs",
    found: "server.cjs, found by its name",
  },
  "Nitro's output is found": {
    files: [".output/server/index.mjs"],
    entry: ".output/server/index.mjs",
    found: ".output/server/index.mjs, found by its name",
  },
  "the standalone server of Next is found": {
    files: [".next/standalone/server.js"],
    package: { scripts: { start: "next start" } },
    entry: ".next/standalone/server.js",
    found: ".next/standalone/server.js, found by its name",
  },
  "a start script of tsx is understood": {
    files: ["src/web.ts", "server.ts"],
    package: { scripts: { start: "NODE_ENV=production npx tsx src/web.ts" } },
    entry: "src/web.ts",
    found: "src/web.ts, the start script of package.json",
  },
  "src comes after the folder itself": {
    files: ["src/server.ts", "index.js"],
    entry: "index.js",
    found: "index.js, found by its name",
  },
  "in src TypeScript comes before what was compiled beside it": {
    files: ["src/main.js", "src/main.ts"],
    entry: "src/main.ts",
    found: "src/main.ts, found by its name",
  },
};

suite("without an entry", () => {
  for (const [title, { files, package: packageJson, entry, found: rule }] of Object.entries(found)) {
    test(title, (t) => {
      const folder = tree(t, files, packageJson);
      const answer = findEntry(null, folder, "default");
      assert.equal(answer.entry, join(folder, entry));
      assert.equal(answer.found, rule);
    });
  }

  test("options and arguments of the start script come with it", (t) => {
    const folder = tree(t, ["server.js"], { scripts: { start: "node --import ./a.mjs server.js --seed 7" } });
    const { nodeOptions, args } = findEntry(null, folder, "default");
    assert.deepEqual({ nodeOptions, args }, { nodeOptions: ["--import", "./a.mjs"], args: ["--seed", "7"] });
  });

  test("a package.json that does not parse is passed over", (t) => {
    const folder = tree(t, ["app.js"]);
    writeFileSync(join(folder, "package.json"), "{ nonsense");
    assert.equal(findEntry(null, folder, "default").entry, join(folder, "app.js"));
  });
});

suite("with an entry", () => {
  test("a file is taken as it is, and a link stays a link", (t) => {
    const folder = tree(t, ["releases/1/app.js"]);
    symlinkSync(join(folder, "releases/1"), join(folder, "current"));
    const entry = join(folder, "current/app.js");
    assert.deepEqual(findEntry(entry, folder, "command line"), { entry, found: null, nodeOptions: [], args: [] });
  });

  test("a folder is searched like the working folder", (t) => {
    const folder = tree(t, ["web/server.js"]);
    assert.equal(findEntry(join(folder, "web"), folder, "command line").entry, join(folder, "web/server.js"));
  });
});

interface Missing {
  readonly files: readonly string[];
  readonly entry: string | null;
  readonly code: ErrorCode;
  readonly message: RegExp;
  readonly hint: RegExp;
}

const missing: Readonly<Record<string, Missing>> = {
  "an empty folder says what was looked for": {
    files: [],
    entry: null,
    code: "ENTRY_NOT_FOUND",
    message: /got none/,
    hint: /start script.*dist\/main\.js.*\.next\/standalone\/server\.js.*src\/main\.\*/,
  },
  "a wrong extension suggests the file that is there": {
    files: ["server.ts", "app.js"],
    entry: "server.js",
    code: "ENTRY_MISSING",
    message: /server\.js \(command line\), got nothing there/,
    hint: /Did you mean server\.ts\?/,
  },
  "a typing error suggests the file that is there": {
    files: ["server.js", "README.md"],
    entry: "sevrer.js",
    code: "ENTRY_MISSING",
    message: /sevrer\.js/,
    hint: /Did you mean server\.js\?/,
  },
  "a name like no other only names the path": {
    files: ["server.js"],
    entry: "banana.js",
    code: "ENTRY_MISSING",
    message: /banana\.js/,
    hint: /Check the path/,
  },
  "a folder that is missing is named": {
    files: [],
    entry: "no/where.js",
    code: "ENTRY_MISSING",
    message: /got no folder .*no$/,
    hint: /Check the path/,
  },
  "a folder without an app is no file": {
    files: ["docs/README.md"],
    entry: "docs",
    code: "ENTRY_NOT_A_FILE",
    message: /got the folder .*docs/,
    hint: /drover .*docs\/FILE/,
  },
};

suite("an entry that cannot be found", () => {
  for (const [start, hint] of [
    ["next start", /The start script "next start" is not of a form that Drover understands\./],
    [
      "node build/web.js",
      /The start script "node build\/web\.js" names build\/web\.js, which is not there: is the app built\?/,
    ],
  ] as const) {
    test(`quotes the start script ${start}`, (t) => {
      const folder = tree(t, ["README.md"], { scripts: { start } });
      assert.throws(() => findEntry(null, folder, "default"), { code: "ENTRY_NOT_FOUND", hint });
      assert.throws(() => findEntry(folder, folder, "command line"), { code: "ENTRY_NOT_A_FILE", hint });
    });
  }

  for (const [title, { files, entry, code, message, hint }] of Object.entries(missing)) {
    test(title, (t) => {
      const folder = tree(t, files);
      const find = () => findEntry(entry === null ? null : join(folder, entry), folder, "command line");
      assert.throws(find, { code, message, hint });
    });
  }

  test("where it may not be looked for says why", (t) => {
    const loop = join(temporaryFolder(t), "loop");
    symlinkSync(loop, loop);
    const entry = join(loop, "server.js");
    const expected = { code: "ENTRY_MISSING", message: /server\.js \(command line\), got ELOOP/, hint: /permissions/ };
    assert.throws(() => findEntry(entry, loop, "command line"), expected);
    assert.throws(() => findEntry(null, loop, "default"), { code: "ENTRY_NOT_FOUND" });
  });
});
