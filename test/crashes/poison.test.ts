import assert from "node:assert/strict";
import { test } from "node:test";
import { findPoison } from "../../src/crashes/poison.ts";
import type { RouteAtDeath, Trace } from "../../src/protocol/crash.ts";

const DAY = 86_400_000;

/** Deaths with these routes, each found in `seen` of `looks`. */
function deaths(count: number, ...routes: readonly (readonly [route: string, seen: number, looks: number])[]): Trace[] {
  const found = routes.map(([route, seen, looks]): RouteAtDeath => ({ route, seen, looks }));
  return Array.from({ length: count }, () => ({ at: 0, routes: found }));
}

const rows: readonly (readonly [title: string, traces: readonly Trace[], expected: string | null])[] = [
  ["no death", [], null],
  ["one death", deaths(1, ["POST /export", 0, 100]), null],
  ["two deaths", deaths(2, ["POST /export", 0, 100]), null],
  ["three deaths, rare otherwise", deaths(3, ["POST /export", 0, 100]), "POST /export 3/3"],
  ["three deaths, nobody had looked", deaths(3, ["POST /export", 0, 0]), null],
  ["seven deaths, nobody had looked", deaths(7, ["POST /export", 0, 0]), "POST /export 7/7"],
  ["two routes in all deaths, nobody had looked", deaths(20, ["POST /export", 0, 0], ["GET /", 0, 0]), null],
  [
    "most deaths, rare otherwise",
    [...deaths(7, ["POST /export", 2, 100], ["GET /", 95, 100]), ...deaths(1, ["GET /", 95, 100])],
    "POST /export 7/8",
  ],
  ["the busiest route, in all deaths", deaths(8, ["GET /", 95, 100]), null],
  ["a stream that is always open", deaths(30, ["GET /events", 100, 100]), null],
  ["half of the looks, half of the deaths", [...deaths(5, ["GET /", 50, 100]), ...deaths(4)], null],
  ["half of the looks, all of twenty deaths", deaths(20, ["GET /", 50, 100]), "GET / 20/20"],
  ["exactly half of the deaths", [...deaths(4, ["POST /export", 0, 100]), ...deaths(4)], null],
  [
    "deaths of which nobody knows do not count",
    [...deaths(4, ["POST /export", 1, 100]), ...Array.from({ length: 9 }, () => ({ at: 0, routes: null }))],
    "POST /export 4/4",
  ],
  [
    "deaths of last month do not count",
    [...deaths(9, ["POST /export", 0, 100]), { at: 30 * DAY, routes: [] }, { at: 30 * DAY, routes: [] }],
    null,
  ],
  [
    "of two, the one in more deaths",
    [...deaths(6, ["POST /export", 0, 100], ["GET /export/form", 3, 100]), ...deaths(2, ["POST /export", 0, 100])],
    "POST /export 8/8",
  ],
];

for (const [title, traces, expected] of rows) {
  test(`${title}: ${expected ?? "nobody is accused"}`, () => {
    const poison = findPoison(traces);
    assert.equal(poison && `${poison.route} ${poison.deaths}/${poison.of}`, expected);
  });
}

test("says how often it was found otherwise", () => {
  assert.equal(findPoison(deaths(8, ["POST /export", 2, 100]))?.otherwise, 0.02);
  assert.equal(findPoison(deaths(8, ["POST /export", 0, 0]))?.otherwise, null);
});
