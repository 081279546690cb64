import assert from "node:assert/strict";
import { test } from "node:test";
import { planOf } from "../../src/prove/plan.ts";

test("what is not said is three reloads and three kills at a load that leaves the app the machine", () => {
  assert.deepEqual(planOf({}), { path: "/", reloads: 3, kills: 3, rate: 100, connections: 16 });
});

test("what is said is taken", () => {
  const plan = planOf({ path: "/a?b=c", reloads: "0", kills: "1", rate: "1000", connections: "200" });
  assert.deepEqual(plan, { path: "/a?b=c", reloads: 0, kills: 1, rate: 1000, connections: 200 });
});

const wrong: readonly (readonly [flag: string, written: string, expected: RegExp])[] = [
  ["path", "products", /^flag --path: expected a path such as .*, got "products"$/],
  ["path", "/a b", /got "\/a b"$/],
  ["path", "/a\r\nX: 1", /^flag --path/],
  ["path", "http://example.com/", /^flag --path/],
  ["reloads", "21", /^flag --reloads: expected a whole number from 0 to 20, got "21"$/],
  ["kills", "-1", /from 0 to 50, got "-1"$/],
  ["rate", "1", /from 2 to 1000, got "1"$/],
  ["rate", "1e3", /got "1e3"$/],
  ["rate", "1001", /got "1001"$/],
  ["connections", "201", /from 2 to 200, got "201"$/],
];

for (const [flag, written, message] of wrong) {
  test(`--${flag} ${JSON.stringify(written)} is refused`, () => {
    assert.throws(() => planOf({ [flag]: written }), { code: "USAGE", message });
  });
}
