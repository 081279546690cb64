import assert from "node:assert/strict";
import { test } from "node:test";
import { notes } from "../../src/config/note-kind.ts";

const kind = notes();

/** `null`: it is refused. */
const ROWS: readonly (readonly [unknown, readonly string[] | null])[] = [
  ["interval", ["interval"]],
  ["interval, cpus", ["interval", "cpus"]],
  [
    ["interval", "cpus,cron-job"],
    ["interval", "cpus", "cron-job"],
  ],
  [[], []],
  ["all", ["all"]],
  ["", null],
  ["intervals", null],
  ["interval,", null],
  [["interval", 7], null],
  [false, null],
];

for (const [given, expected] of ROWS)
  test(`silence: ${JSON.stringify(given)} ${expected ? "is read" : "is refused"}`, () => {
    const parsed = kind.parse(given);
    assert.deepEqual(parsed.ok ? parsed.value : null, expected);
  });

test("says which names there are", () => {
  const parsed = kind.parse("interval,nonsense");
  assert.equal(parsed.ok, false);
  assert.match(parsed.ok ? "" : parsed.expected, /^memory-session, .+ open-files or all$/);
  assert.equal(parsed.ok ? "" : parsed.got, "nonsense");
});
