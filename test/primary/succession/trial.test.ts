import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { AppError } from "../../../src/errors.ts";
import { Trial } from "../../../src/primary/succession/trial.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const PROBATION = 5_000;

type Step = "ready" | readonly [at: "died", readyAt: number | null] | number;

const rows: readonly (readonly [title: string, steps: readonly Step[], said: readonly string[]])[] = [
  ["all of whose workers live through their probation passes", ["ready", 5_000], ["passed"]],
  ["waits for the end of the probation", ["ready", 4_999], []],
  ["one of whose workers does not boot fails at once", [100, ["died", null]], ["failed at 100"]],
  [
    "fails once",
    [
      ["died", null],
      ["died", null],
    ],
    ["failed at 0"],
  ],
  ["one of whose workers dies within its probation fails", [1_000, ["died", 900]], ["failed at 1000"]],
  ["goes on when one that has proved itself dies before all are ready", [9_000, ["died", 4_000]], []],
  ["fails by the death of any when all are ready", [9_000, "ready", 1, ["died", 0]], ["failed at 9001"]],
  ["that has failed does not pass", ["ready", 1, ["died", 0], 5_000], ["failed at 1"]],
  ["that has passed does not fail", ["ready", 5_000, ["died", 0]], ["passed"]],
];

suite("a successor", () => {
  for (const [title, steps, expected] of rows) {
    test(title, () => {
      const clock = new ManualClock();
      const said: string[] = [];
      const trial = new Trial(clock, PROBATION, ({ message }) => said.push(`${message} at ${clock.now()}`));
      for (const step of steps) {
        if (step === "ready") trial.ready(() => said.push("passed"));
        else if (typeof step === "number") clock.advance(step);
        else trial.died(step[1], () => new AppError("APP_BOOT_FAILED", "failed"));
      }
      assert.deepEqual(said, expected);
    });
  }
});
