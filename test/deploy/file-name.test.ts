import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { fileName } from "../../src/deploy/file-name.ts";

suite("the name of an app's files, for nginx and systemd alike", () => {
  for (const [app, name] of [
    ["web", "web"],
    ["Web Shop", "Web-Shop"],
    ["@acme/web shop", "acme-web-shop"],
    ["web.v2", "web.v2"],
    ["../..", "app"],
    ["größe", "gr-e"],
  ] as const)
    test(`of ${app} is ${name}`, () => assert.equal(fileName(app), name));
});
