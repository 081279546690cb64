import assert from "node:assert/strict";
import { test } from "node:test";
import { restartDelay } from "../../src/policy/restart.ts";
import { LIMITS } from "./fleets.ts";

test("waits double with each failure in a row, from 100 ms to 15 s", () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 50].map((failures) => restartDelay(failures, LIMITS));
  assert.deepEqual(delays, [0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000]);
});
