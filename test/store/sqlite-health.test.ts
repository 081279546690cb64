import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Health } from "../../src/store/sqlite/health.ts";

test("tells of the edges only", (t) => {
  const { health, told } = watch(t);
  health.worked("writes");
  health.failed("reads", "one");
  health.failed("reads", "another");
  health.worked("reads");
  health.worked("writes");
  assert.deepEqual(told, ["one", null]);
});

test("reads that work do not speak for writes, writes speak for both", (t) => {
  const { health, told } = watch(t);
  health.failed("reads", "one");
  health.failed("writes", "another");
  health.worked("reads");
  assert.deepEqual(told, ["one"]);
  health.worked("writes");
  assert.deepEqual(told, ["one", null]);
});

test("looks once a second whether it is well again, while it is not", (t) => {
  const { health, told, tick } = watch(t);
  health.failed("writes", "full");
  tick();
  health.failed("writes", "full");
  tick();
  assert.deepEqual(told, ["full", "look", "look"]);
  health.worked("writes");
  tick();
  assert.deepEqual(told, ["full", "look", "look", null]);
  health.failed("writes", "again");
  tick();
  health.close();
  tick();
  assert.deepEqual(told.slice(4), ["again", "look"]);
});

interface Watched {
  readonly health: Health;
  /** What was reported, and each look. */
  readonly told: readonly (string | null)[];
  /** Lets a second pass. */
  readonly tick: () => void;
}

function watch(t: TestContext): Watched {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const told: (string | null)[] = [];
  const health = new Health(
    (reason) => told.push(reason),
    () => told.push("look"),
  );
  return { health, told, tick: () => t.mock.timers.tick(1000) };
}
