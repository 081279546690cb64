import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { nodeTooOld } from "../../src/node-version.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { drover } from "./built-cli.ts";

/** A Node below 22.18 on this machine, which is where most people would meet the message. */
function oldNode(): string | undefined {
  const nodes = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "node"));
  return nodes.find((node) => /^v([0-9]|1[0-9]|2[01])\./.test(versionOf(node)));
}

function versionOf(node: string): string {
  try {
    return execFileSync(node, ["--version"], { encoding: "utf8" });
  } catch {
    return "";
  }
}

const node = oldNode();
const skip = node === undefined && "no old Node in PATH";

/** The files an old Node has to load, without their types, under names it can load; nothing of the rest is there. */
function oldSource(folder: string): void {
  for (const name of ["cli", "index", "start", "errors", "node-version"]) {
    const source = readFileSync(new URL(`../../src/${name}.ts`, import.meta.url), "utf8");
    writeFileSync(join(folder, `${name}.mjs`), stripTypeScriptTypes(source).replaceAll('.ts"', '.mjs"'));
  }
}

test("Node 20 gets one clear line and exit code 1", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  oldSource(folder);
  const { code, stdout, stderr } = await drover(["app.js"], {
    cwd: folder,
    command: [node ?? "", join(folder, "cli.mjs")],
  });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(
    stderr,
    /^error: Drover needs Node 22\.18 or newer, got \d+\.\S+ \(\/.*\/node\) \[NODE_TOO_OLD\]\n {2}Get .*nodejs\.org.*\n$/,
  );
});

test("start() in Node 20 rejects with NODE_TOO_OLD", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  oldSource(folder);
  const program = join(folder, "program.mjs");
  writeFileSync(
    program,
    'import { AppError, start } from "./index.mjs";\n' +
      "await start().catch((error) => console.log(error instanceof AppError, error.code, error.message, error.hint));\n",
  );
  const { stdout, stderr } = await drover([], { cwd: folder, command: [node ?? "", program] });
  assert.match(stdout, /^true NODE_TOO_OLD Drover needs Node 22\.18 or newer, got \S+ \(.*\) Get .*\n$/);
  assert.equal(stderr, "");
});

for (const [version, old] of [
  ["20.20.2", true],
  ["22.17.1", true],
  ["22.18.0", false],
  ["23.0.0", false],
  ["24.0.0", false],
] as const) {
  test(`Node ${version} is ${old ? "too old" : "new enough"}`, () => {
    assert.equal(nodeTooOld(version, "/usr/bin/node") !== null, old);
  });
}
