import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../support/fixture.ts";
import { drover } from "./source-cli.ts";

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

test(
  "Node 20 gets one clear line and exit code 1",
  { skip: node === undefined && "no old Node in PATH" },
  async (t) => {
    const folder = temporaryFolder(t);
    const source = readFileSync(new URL("../../src/cli.ts", import.meta.url), "utf8");
    const cli = join(folder, "cli.mjs");
    writeFileSync(cli, stripTypeScriptTypes(source));
    const { code, stdout, stderr } = await drover(["app.js"], { cwd: folder, command: [node ?? "", cli] });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /^error: Drover needs Node 22\.18 or newer, got \d+\.\S+ \(\/.*\/node\) \[NODE_TOO_OLD\]\n {2}Get .*nodejs\.org.*\n$/,
    );
  },
);
