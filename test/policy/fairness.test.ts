import assert from "node:assert/strict";
import { test } from "node:test";
import { newSeat, nextSeat, nextTurn, restedSeat, type Seat } from "../../src/policy/fairness.ts";

const seat = (worker: number, open: number, recent = 0, busy = 0.05): Seat => ({
  worker,
  accepted: 0,
  open,
  recent,
  busy,
});

const asideAmong = (seats: readonly Seat[]): readonly number[] => nextTurn(seats)?.aside ?? [];

const rows: readonly (readonly [title: string, seats: readonly Seat[], aside: readonly number[]])[] = [
  ["lets a lone worker stay", [seat(1, 100)], []],
  ["leaves an even fleet alone", [seat(1, 10), seat(2, 10), seat(3, 11)], []],
  ["asks the one with more than its share", [seat(1, 20), seat(2, 1), seat(3, 1)], [1]],
  ["asks at most half, the fullest first", [seat(1, 30), seat(2, 40), seat(3, 35), seat(4, 0)], [2, 3]],
  ["counts connections that have closed again", [seat(1, 0, 8), seat(2, 0), seat(3, 0), seat(4, 0)], [1]],
  ["leaves busy workers to the kernel's own balance", [seat(1, 50, 0, 0.9), seat(2, 1, 0, 0.8)], []],
  ["spreads what stays open while workers are half busy", [seat(1, 50, 0, 0.4), seat(2, 1, 0, 0.3)], [1]],
  ["does not mind who had what has closed while workers are half busy", [seat(1, 0, 50, 0.4), seat(2, 0, 1, 0.3)], []],
  [
    "does not send everybody to a newcomer",
    [seat(1, 100), seat(2, 100), seat(3, 100), seat(4, 100), seat(5, 0)],
    [1, 2],
  ],
];

for (const [title, seats, aside] of rows) {
  test(title, () => assert.deepEqual(asideAmong(seats), aside));
}

test("names the least loaded, on whom those aside rely", () => {
  assert.equal(nextTurn([seat(1, 30), seat(2, 0, 2), seat(3, 1)])?.taker, 3);
});

test("says whether one worker is left to accept", () => {
  assert.equal(nextTurn([seat(1, 30), seat(2, 0)])?.isAlone, true);
  assert.equal(nextTurn([seat(1, 30), seat(2, 0), seat(3, 0)])?.isAlone, false);
});

test("takes no worker for idle that was busy a tick ago", () => {
  const busy = nextSeat(newSeat(1), { accepted: 1, open: 0, busy: 1 });
  assert.equal(nextSeat(busy, undefined).busy, 0.25);
});

test("forgets old connections, so that a new worker need not catch up with the past", () => {
  let old = nextSeat(newSeat(1), { accepted: 1_000, open: 0, busy: 0 });
  for (let tick = 0; tick < 80; tick += 1) old = nextSeat(old, undefined);
  assert.deepEqual(asideAmong([old, newSeat(2)]), []);
});

test("forgets everything but open connections after a quiet tick", () => {
  const burst = nextSeat(newSeat(1), { accepted: 32, open: 0, busy: 0 });
  assert.deepEqual(asideAmong([restedSeat(burst), newSeat(2)]), []);
});

test("counts what came since the last report only", () => {
  const first = nextSeat(newSeat(1), { accepted: 10, open: 0, busy: 0 });
  const second = nextSeat(first, { accepted: 14, open: 0, busy: 0 });
  assert.equal(second.recent, 10 * 0.9 + 4);
});
