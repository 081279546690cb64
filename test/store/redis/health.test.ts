import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { answered, type Health, refused, silent, trouble, unreachable, WELL } from "../../../src/store/redis/health.ts";

type Step = (health: Health) => Health;

const late: Step = (health) => silent(health, "late");
const closed: Step = (health) => unreachable(health, "refused");
const loading: Step = (health) => refused(health, "read", "loading");
const full: Step = (health) => refused(health, "store", "full");
const replica: Step = (health) => refused(health, "change", "replica");
const read: Step = (health) => answered(health, "read");
const changed: Step = (health) => answered(health, "change");
const stored: Step = (health) => answered(health, "store");

const ROWS: readonly (readonly [title: string, steps: readonly Step[], away: string | null, trouble: string | null])[] =
  [
    ["is well until something is known", [], null, null],
    ["is not away after four silences", [late, late, late, late], null, null],
    ["is away after five silences in a row", [late, late, late, late, late], "late", "late"],
    ["counts silences in a row only", [late, late, late, late, read, late], null, null],
    ["is not away after one attempt to connect that failed", [closed], null, null],
    ["is away after two attempts to connect that failed", [closed, closed], "refused", "refused"],
    ["is away after an attempt that failed and two silences", [closed, late, late], "late", "late"],
    ["says why it was away last", [closed, closed, late], "late", "late"],
    ["is back with the first answer", [closed, closed, read], null, null],
    ["is not away while it refuses, however often", [loading, loading, loading, loading, loading], null, "loading"],
    ["is no longer away when it refuses", [closed, closed, loading], null, "loading"],
    ["serves again when it does what it had refused", [loading, read], null, null],
    ["that refused to store is not well because it reads", [full, read], null, "full"],
    ["that refused to store is not well because it removes", [full, changed], null, "full"],
    ["that refused to store is well when it stores", [full, stored], null, null],
    ["that refused to change is well when it stores", [replica, stored], null, null],
    ["that refused all and still refuses to store does", [loading, full, read], null, null],
    ["that refused to store and then all must do the least", [full, loading, read], null, null],
    ["that refuses and is away then is both", [full, closed, closed], "refused", "refused"],
    ["that is back still refuses what it refused", [full, closed, closed, read], null, "full"],
  ];

suite("what is known of a Redis server", () => {
  for (const [title, steps, away, why] of ROWS)
    test(`one that ${title}`.replace("one that is well until", "one is well until"), () => {
      const health = steps.reduce<Health>((before, step) => step(before), WELL);
      assert.deepEqual([health.away, trouble(health)], [away, why]);
    });

  test("nothing changes with the answers of one that is well", () => {
    assert.equal(answered(WELL, "read"), WELL);
  });
});
