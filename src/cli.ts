#!/usr/bin/env node
// This file alone must load on any Node: everything else is imported after the check.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `error: Drover needs Node 22.18 or newer, got ${process.versions.node} (${process.execPath}) [NODE_TOO_OLD]\n` +
      "  Get a current one from https://nodejs.org/en/download or with your version manager, such as `nvm install 24`.",
  );
  process.exit(1);
}

// Two or three of the 60 ms that a command takes; the cache lies in the temporary folder.
const { enableCompileCache } = await import("node:module");
enableCompileCache();
const { main } = await import("./cli/main.ts");
process.exit(
  await main(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
  }),
);
