import assert from "node:assert/strict";
import { test } from "node:test";
import { losesCommits, refusal } from "../../src/store/sqlite/sqlite-version.ts";

const VERSIONS: readonly (readonly [version: string, losesCommits: boolean])[] = [
  ["3.6.23", false],
  ["3.7.0", true],
  ["3.7.17", true],
  ["3.40.1", true],
  ["3.44.5", true],
  ["3.44.6", false],
  ["3.45.0", true],
  ["3.49.9", true],
  ["3.50.6", true],
  ["3.50.7", false],
  ["3.50.10", false],
  ["3.51.0", true],
  ["3.51.2", true],
  ["3.51.3", false],
  ["3.53.4", false],
  ["4.0.0", false],
];

for (const [version, expected] of VERSIONS)
  test(`SQLite ${version} ${expected ? "loses commits" : "keeps what several processes write"}`, () =>
    assert.equal(losesCommits(version), expected));

test("the refusal names what is there and what would do", () => {
  const { code, message, hint } = refusal("3.51.2", "v22.22.2");
  assert.equal(code, "STORE_UNSUPPORTED");
  assert.match(message, /3\.51\.2 \(Node v22\.22\.2\)/);
  assert.match(String(hint), /22\.22\.3, 24\.15 or newer.*redis:/);
});
