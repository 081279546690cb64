import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Deadlines, Pending } from "../../../src/store/redis/deadlines.ts";

class Named extends Pending {
  readonly #expired: () => void;

  constructor(expired: () => void) {
    super();
    this.#expired = expired;
  }

  expire(): void {
    this.#expired();
  }
}

/** A queue of 300 ms on a clock that the test moves. */
function world(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const clock = { now: 0 };
  const expired: string[] = [];
  const deadlines = new Deadlines(300, () => clock.now);
  const pass = async (ms: number): Promise<void> => {
    for (let count = 0; count < ms; count += 1) {
      clock.now += 1;
      t.mock.timers.tick(1);
      await setImmediate();
    }
  };
  const add = (name: string): Pending => {
    const pending = new Named(() => expired.push(`${name} at ${clock.now}`));
    deadlines.add(pending);
    return pending;
  };
  return { clock, expired, deadlines, pass, add };
}

suite("deadlines", () => {
  test("each has its own, in the order in which they came", async (t) => {
    const { expired, pass, add } = world(t);
    add("a");
    await pass(100);
    add("b");
    add("c");
    await pass(150);
    add("d");
    await pass(400);
    const due = [300, 400, 400, 550];
    assert.deepEqual(
      expired.map((one) => one[0]),
      ["a", "b", "c", "d"],
    );
    for (const [index, one] of expired.entries()) {
      const late = Number(one.split(" ").at(-1)) - (due[index] ?? 0);
      assert.ok(late >= 0 && late <= 1, one);
    }
  });

  test("who was taken out, first, last or in between, does not expire and cannot be taken out again", async (t) => {
    const { expired, deadlines, pass, add } = world(t);
    const [a, , c, , e] = ["a", "b", "c", "d", "e"].map(add);
    for (const gone of [a, c, e]) {
      assert.ok(gone);
      assert.equal(deadlines.remove(gone), true);
      assert.equal(deadlines.remove(gone), false);
    }
    await pass(400);
    assert.deepEqual(
      expired.map((one) => one[0]),
      ["b", "d"],
    );
    assert.ok(deadlines.isEmpty);
  });

  test("who comes while another one expires has all of its time", async (t) => {
    const { clock, expired, deadlines, pass, add } = world(t);
    deadlines.add(new Named(() => add("next")));
    await pass(302);
    assert.deepEqual(expired, []);
    const since = clock.now;
    await pass(302);
    assert.equal(expired.length, 1);
    assert.ok(clock.now - since >= 300);
  });
});
