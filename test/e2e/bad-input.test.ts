import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { runCli, type Exit } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";

interface Ending {
  readonly exit: Exit;
  /** Everything that was said, on either stream. */
  readonly said: string;
}

async function run(t: TestContext, args: readonly string[], cwd?: string): Promise<Ending> {
  const drover = runCli(t, args, cwd === undefined ? {} : { cwd });
  const exit = await drover.exit;
  return { exit, said: drover.log.lines.map((line) => line.raw).join("\n") };
}

/** Neither a line of Drover's own code nor more than one copy of the message belongs into an answer to a user's mistake. */
function assertClear({ exit, said }: Ending, code: number, expected: readonly RegExp[]): void {
  assert.deepEqual(exit, { code, signal: null }, said);
  for (const pattern of expected) assert.match(said, pattern);
  assert.doesNotMatch(said, /\bat .*(\/dist\/|\/src\/)(cli|primary|worker|config|server)\b/);
}

interface Source {
  readonly title: string;
  readonly file: string;
  readonly source: string;
  readonly code?: number;
  readonly says: readonly RegExp[];
}

// Broken on purpose, and written at run time, so that no tool that reads the repository trips over them.
const sources: readonly Source[] = [
  {
    title: "a syntax error, by file and line",
    file: "broken.js",
    source: "const fine = 1;\nconst broken = ;\n",
    says: [/broken\.js:2/, /SyntaxError/],
  },
  {
    title: "a syntax error in CommonJS, by file and line",
    file: "broken.cjs",
    source: "const fine = 1;\n\nfunction broken( {\n",
    says: [/broken\.cjs:\d/, /SyntaxError/],
  },
  {
    title: "a module that is not installed, by name",
    file: "missing.js",
    source: 'import "not-installed-anywhere";\n',
    says: [/not-installed-anywhere/],
  },
  {
    title: "a relative import that leads nowhere, by path",
    file: "nowhere.js",
    source: 'import "./not-here.js";\n',
    says: [/not-here\.js/],
  },
  {
    title: "a name that is not defined, by file and line",
    file: "undefined.js",
    source: "const port = 1;\nmodlue.exports = port;\n",
    says: [/modlue is not defined/, /undefined\.js:2/],
  },
  {
    title: "an entry that exports nothing servable, by what was found and what is accepted",
    file: "constants.js",
    source: "export const answer = 42;\nexport const name = 'config';\n",
    says: [/answer/, /listen\(\)/, /export/],
  },
  {
    title: "an entry that neither exports nor listens",
    file: "empty.js",
    source: "console.log('nothing to serve');\n",
    says: [/listen\(\)/],
  },
  {
    title: "TypeScript that cannot be stripped, by file, line and what to install",
    file: "enums.ts",
    source: "const before = 1;\nenum Colour { Red, Green }\nexport default () => Colour.Red + before;\n",
    says: [/enums\.ts/, /enum/i, /tsx/],
  },
];

suite("an entry that cannot be served ends with exit code 3 and one clear message", () => {
  for (const { title, file, source, says, code = 3 } of sources) {
    test(title, async (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, file), source);
      assertClear(await run(t, ["start", file, "-w", "2", "-p", "0"], folder), code, says);
    });
  }

  test("a file that does not exist, by its absolute path", async (t) => {
    const folder = temporaryFolder(t);
    assertClear(await run(t, ["start", "nowhere.js"], folder), 3, [new RegExp(join(folder, "nowhere.js"))]);
  });

  test("a folder with nothing in it", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "empty"));
    assertClear(await run(t, ["start", "empty"], folder), 3, [/folder|directory/]);
  });
});

suite("a wrong command line", () => {
  const rows: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ["names an unknown flag and the one that was meant", ["--wrokers", "2"], 2, /--wrokers[^]*--workers/],
    ["names a port above 65535", ["-p", "70000"], 78, /70000[^]*65535|65535[^]*70000/],
    ["names a count of no workers", ["-w", "0"], 78, /\b0\b/],
    ["names a count that is no number", ["-w", "x"], 78, /\bx\b/],
    ["names a negative count", ["-w", "-1"], 78, /-1/],
    ["names a config file that is not there", ["-c", "absent.config.ts"], 78, /absent\.config\.ts/],
  ];
  for (const [title, flags, code, says] of rows) {
    test(title, async (t) => {
      const ending = await run(t, ["start", app("http.js"), ...flags]);
      assert.notEqual(ending.exit.code, 0);
      assert.match(ending.said, says);
      assertClear(ending, ending.exit.code === 2 ? 2 : code, [says]);
    });
  }

  test("names an unknown key of the config file and the one that was meant", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "drover.config.json"), JSON.stringify({ entry: app("http.js"), wokers: 2 }));
    assertClear(await run(t, ["start"], folder), 78, [/wokers/, /workers/, /drover\.config\.json/]);
  });
});
