import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { migrate } from "../../src/migrate/migrate.ts";
import { renderModule } from "../../src/migrate/render-module.ts";
import { world } from "./worlds.ts";

const api = { name: "api", script: "api.js", port: 4000 };
const queue = { name: "queue", script: "queue.js" };

type Row = readonly [title: string, content: unknown, config: object];

const rows: readonly Row[] = [
  ["one app is flat", { apps: [api] }, { name: "api", entry: "./api.js", workers: 1, port: 4000 }],
  ["an app without a port listens where it does", [queue], { name: "queue", entry: "./queue.js", workers: 1 }],
  ["a single app needs no list", api, { name: "api", entry: "./api.js", workers: 1, port: 4000 }],
  [
    "several stand under apps, by their names",
    { apps: [api, queue] },
    {
      apps: {
        api: { entry: "./api.js", workers: 1, port: 4000 },
        queue: { entry: "./queue.js", workers: 1, serve: "listen" },
      },
    },
  ],
  [
    "a second app of a name or a port gets its own",
    { pm2: [api, api] },
    {
      apps: {
        api: { entry: "./api.js", workers: 1, port: 4000 },
        "api-2": { entry: "./api.js", workers: 1, serve: "listen" },
      },
    },
  ],
  [
    "what Drover cannot run does not count",
    [api, { name: "py", script: "a.py", interpreter: "python" }],
    { name: "api", entry: "./api.js", workers: 1, port: 4000 },
  ],
];

suite("a file of pm2 becomes one of Drover:", () => {
  for (const [title, content, config] of rows) {
    test(title, () => assert.deepEqual(migrate(content, "pm2.json", world).config, config));
  }

  test("what stands beside the apps is mentioned", () => {
    const { remarks } = migrate({ apps: [api], deploy: {}, static: [] }, "pm2.json", world);
    assert.deepEqual(
      remarks.map(({ key }) => key),
      ["deploy", "static"],
    );
  });

  for (const [got, content] of [
    ["nothing", undefined],
    ["an object", { apps: {} }],
    ["an empty list", []],
    ["text", "apps"],
    ["a list of numbers", [1]],
  ] as const) {
    test(`${got} holds no apps`, () => {
      const message = /^pm2\.json: expected apps of pm2, got /;
      assert.throws(() => migrate(content, "pm2.json", world), { code: "MIGRATE_UNREADABLE", message });
    });
  }
});

test("the written file is plain JavaScript that imports nothing", () => {
  const config = { name: "a-b", env: { "X-Y": 'say "hi"', LONG: "x".repeat(100) }, args: ["a"], listen: false };
  assert.equal(
    renderModule(config, "pm2.json"),
    `// From pm2.json.
/** @type {import("drover").UserConfig} */
export default {
  name: "a-b",
  env: {
    "X-Y": "say \\"hi\\"",
    LONG: "${"x".repeat(100)}",
  },
  args: ["a"],
  listen: false,
};
`,
  );
});
