#!/usr/bin/env node
// This file and node-version.ts must load on any Node: everything else is imported after the check.
import { nodeTooOld } from "./node-version.ts";

const old = nodeTooOld(process.versions.node, process.execPath);
if (old !== null) {
  console.error(`error: ${old.message} [NODE_TOO_OLD]\n  ${old.hint}`);
  process.exit(1);
}

const { main } = await import("./cli/main.ts");
const { logicalCwd } = await import("./config/logical-cwd.ts");
process.exit(
  await main(process.argv.slice(2), {
    env: process.env,
    cwd: logicalCwd(process.env, process.cwd()),
    stdout: process.stdout,
    stderr: process.stderr,
  }),
);
