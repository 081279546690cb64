import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { readStartScript, type StartScript } from "../../src/config/start-script.ts";

const rows: readonly (readonly [script: unknown, read: StartScript | null])[] = [
  ["node server.js", { file: "server.js", nodeOptions: [], args: [] }],
  ["node .", { file: ".", nodeOptions: [], args: [] }],
  [
    "node --import ./trace.mjs -r dotenv/config server.js --seed 7",
    { file: "server.js", nodeOptions: ["--import", "./trace.mjs", "-r", "dotenv/config"], args: ["--seed", "7"] },
  ],
  [
    "node --max-old-space-size=512 dist/main",
    { file: "dist/main", nodeOptions: ["--max-old-space-size=512"], args: [] },
  ],
  ["node --watch --inspect=0 server.js", { file: "server.js", nodeOptions: [], args: [] }],
  ["node 'my app.js'", { file: "my app.js", nodeOptions: [], args: [] }],
  ["tsx src/server.ts", { file: "src/server.ts", nodeOptions: [], args: [] }],
  ["npx tsx src/server.ts --seed 7", { file: "src/server.ts", nodeOptions: [], args: ["--seed", "7"] }],
  ["tsx --env-file .env server.ts", { file: "server.ts", nodeOptions: ["--env-file", ".env"], args: [] }],
  ["ts-node src/server.ts", { file: "src/server.ts", nodeOptions: [], args: [] }],
  ["NODE_ENV=production node server.js", { file: "server.js", nodeOptions: [], args: [] }],
  ["A=1 B='x y' npx tsx server.ts", { file: "server.ts", nodeOptions: [], args: [] }],
  ["node", null],
  ["node --version", null],
  ["drover server.js", null],
  ["drover", null],
  ["next start", null],
  ["nodemon server.js", null],
  ["npm run build && node server.js", null],
  ["tsx --tsconfig tsconfig.web.json src/server.ts", null],
  ["tsx watch src/server.ts", null],
  ["npx node server.js", null],
  ["ts-node -T server.ts", null],
  ["ts-node", null],
  ["npx serve", null],
  ["npx", null],
  ["NODE_ENV=production", null],
  ["NODE_ENV=production next start", null],
  ["toString server.js", null],
  ["node server.js > log", null],
  ["", null],
  [undefined, null],
  [5, null],
];

suite("a start script", () => {
  for (const [script, read] of rows) {
    test(`${read === null ? "is skipped" : "names its file"}: ${JSON.stringify(script)}`, () => {
      assert.deepEqual(readStartScript(script), read);
    });
  }
});
