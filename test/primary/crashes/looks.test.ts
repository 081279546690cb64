import assert from "node:assert/strict";
import { test } from "node:test";
import { Looks } from "../../../src/primary/crashes/looks.ts";
import { NAMED_CUTS, type UnderWay } from "../../../src/protocol/ipc.ts";

function get(path: string): UnderWay {
  return { method: "GET", path, ms: 100 };
}

test("a route is measured against its siblings' looks, and the worker's own from before its requests began", () => {
  const looks = new Looks();
  for (const at of [1_000, 2_000, 3_000]) looks.take(1, [get("/users/1")], at);
  for (const at of [4_000, 5_000]) looks.take(1, [get("/export")], at);
  looks.take(2, [get("/users/2"), get("/export")], 3_500);
  looks.take(2, [], 4_500);
  assert.deepEqual(looks.atDeath(1, [get("/export"), get("/users/9")], 3_900), [
    { route: "GET /export", looks: 5, seen: 1 },
    { route: "GET /users/:n", looks: 5, seen: 4 },
  ]);
});

test("looks that could not name everything count for what they named", () => {
  const looks = new Looks();
  looks.take(
    1,
    Array.from({ length: NAMED_CUTS }, () => get("/events")),
    1_000,
  );
  looks.take(1, [get("/")], 2_000);
  assert.deepEqual(looks.atDeath(2, [get("/export"), get("/events")], 0), [
    { route: "GET /export", looks: 1, seen: 0 },
    { route: "GET /events", looks: 2, seen: 1 },
  ]);
});

test("looks older than a minute, and those of workers that have gone, do not count", () => {
  const looks = new Looks();
  looks.take(1, [get("/")], 1_000);
  looks.take(1, [get("/")], 62_000);
  looks.take(2, [get("/")], 62_000);
  looks.forget(2);
  assert.deepEqual(looks.atDeath(3, [get("/")], 0), [{ route: "GET /", looks: 1, seen: 1 }]);
});
