import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { toPm2App } from "../../src/migrate/pm2-app.ts";
import { readRun } from "../../src/migrate/run.ts";
import { looking } from "./worlds.ts";

const look = looking(
  {
    "server.js": "",
    "app.ts": "",
    "bin/www": "#!/usr/bin/env node\n",
    "bin/plain": "require('./app');",
    "run.sh": "#!/bin/sh\n",
    "bin/sh": "#!/bin/sh\n",
    "bin/go": "\u007FELF\0",
    "my app.js": "",
  },
  { start: "NODE_ENV=production node --import ./trace.mjs server.js --seed 7", serve: "tsx app.ts", web: "next start" },
);

type Row = readonly [
  title: string,
  app: object,
  entry: string,
  args?: readonly string[],
  nodeOptions?: readonly string[],
];

const runs: readonly Row[] = [
  ["a JavaScript file", { script: "server.js" }, "server.js"],
  ["a TypeScript file", { script: "app.ts", interpreter: "tsx" }, "app.ts"],
  ["a file that names node in its first line", { script: "bin/www" }, "bin/www"],
  ["a file that names no interpreter", { script: "bin/plain" }, "bin/plain"],
  ["a file with a blank in its name", { script: "my app.js" }, "my app.js"],
  ["npm start", { script: "npm", args: "start" }, "server.js", ["--seed", "7"], ["--import", "./trace.mjs"]],
  ["npm start in one text", { script: "npm start" }, "server.js", ["--seed", "7"], ["--import", "./trace.mjs"]],
  ["npm run", { script: "/usr/bin/npm", args: ["run", "serve", "--", "-v"] }, "app.ts", ["-v"]],
  ["yarn", { script: "yarn", args: "serve" }, "app.ts"],
  ["a command", { script: "node --no-warnings server.js -a" }, "server.js", ["-a"], ["--no-warnings"]],
  ["a file that is not built yet", { script: "dist/main.js" }, "dist/main.js"],
];

suite("what pm2 runs by Node, Drover runs:", () => {
  for (const [title, app, entry, args = [], nodeOptions = []] of runs) {
    test(title, () => {
      const run = readRun(toPm2App(app), look);
      assert.deepEqual([run.entry, run.args, run.nodeOptions], [entry, args, nodeOptions]);
    });
  }

  test("a file that is not there is mentioned", () => {
    assert.match(readRun({ script: "dist/main.js" }, look).remarks[0]?.text ?? "", /is not there: is the app built\?/);
  });
});

const unfit: Readonly<Record<string, readonly [app: object, text: RegExp]>> = {
  python: [{ script: "app.py", interpreter: "python3" }, /not on python3/],
  bun: [{ script: "app.ts", interpreter: "bun" }, /not on bun/],
  "a shell script": [{ script: "run.sh" }, /run\.sh is no JavaScript file/],
  "a shell script without an extension": [{ script: "bin/sh" }, /no JavaScript file/],
  "a program": [{ script: "bin/go", interpreter: "none" }, /no JavaScript file/],
  "a package script of another tool": [
    { script: "npm", args: "run web" },
    /the npm script "web" is "next start": name/,
  ],
  "a package script that is not there": [{ script: "npm run none" }, /has no npm script "none"/],
  "several commands": [{ script: "cd api && node server.js" }, /no JavaScript file/],
};

suite("what Drover cannot run is left out with the way to run it:", () => {
  for (const [title, [app, text]] of Object.entries(unfit)) {
    test(title, () => {
      const run = readRun(toPm2App(app), look);
      assert.equal(run.entry, null);
      assert.match(run.remarks[0]?.text ?? "", text);
    });
  }
});
