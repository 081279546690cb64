import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { showRanges } from "../../src/telemetry/ranges.ts";

const ROWS: readonly (readonly [title: string, addresses: readonly string[], shown: string])[] = [
  ["one address", ["*:3000"], "*:3000"],
  ["two", ["*:3000", "*:3001"], "*:3000, *:3001"],
  [
    "ports that count up",
    ["http://localhost:3000", "http://localhost:3001", "http://localhost:3002"],
    "http://localhost:3000 to 3002",
  ],
  [
    "paths that count up",
    ["unix:/run/web-9.sock", "unix:/run/web-10.sock", "unix:/run/web-11.sock"],
    "unix:/run/web-9.sock to web-11.sock",
  ],
  ["two runs", ["*:1", "*:2", "*:3", "*:7", "*:8", "*:9"], "*:1 to 3, *:7 to 9"],
  ["ports in no order", ["*:4711", "*:4700", "*:4720"], "*:4711, *:4700, *:4720"],
  ["hosts that differ", ["10.0.0.1:1", "10.0.0.2:2", "10.0.0.3:3"], "10.0.0.1:1, 10.0.0.2:2, 10.0.0.3:3"],
];

suite("shows", () => {
  for (const [title, addresses, shown] of ROWS) test(title, () => assert.equal(showRanges(addresses), shown));
});
