import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { nodeVersion } from "../../../src/deploy/docker/node-image.ts";

const ROWS: readonly (readonly [engines: string | null, version: number, why: string])[] = [
  [null, 24, "nothing said"],
  [">=20", 24, "it may be newer"],
  [">= 22.18.0", 24, "it may be newer, with a space"],
  ["^24.1", 24, "just that"],
  ["22.x", 22, "just that"],
  ["^22.18 || ^24", 24, "the standard one is among them"],
  ["20 || 22", 22, "the highest of them"],
  [">=20 <23", 22, "the last below a bound"],
  [">=20 <=26", 24, "a bound beyond"],
  ["<24.0.0", 23, "none of a bound's own"],
  [">=26", 26, "newer is needed"],
  ["18", 22, "older than Drover runs on"],
  ["lts/*", 24, "no range"],
  ["", 24, "empty"],
];

suite("Node's version in the image", () => {
  for (const [engines, version, why] of ROWS) {
    test(`is ${version} with engines ${JSON.stringify(engines)}: ${why}`, () =>
      assert.equal(nodeVersion(engines), version));
  }
});
