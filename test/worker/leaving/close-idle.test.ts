import assert from "node:assert/strict";
import { test } from "node:test";
import { closeIdle } from "../../../src/worker/leaving/close-idle.ts";

interface Connection {
  bytesRead: number;
  closed: boolean;
  destroy(): void;
}

function connections(count: number): Connection[] {
  return Array.from({ length: count }, (): Connection => ({
    bytesRead: 100,
    closed: false,
    destroy() {
      this.closed = true;
    },
  }));
}

/** Turns that take so many milliseconds, and what happens in each. */
function loop(durations: readonly number[], happens: (turn: number) => void = () => undefined) {
  let [time, turns] = [0, 0];
  return {
    now: (): number => time,
    turn: async (): Promise<void> => {
      time += durations[turns] ?? 0.1;
      turns += 1;
      happens(turns);
    },
    get turns(): number {
      return turns;
    },
  };
}

const closed = (all: readonly Connection[]): boolean[] => all.map((one) => one.closed);

test("a few idle connections are closed one a turn", async () => {
  const all = connections(3);
  const seen: boolean[][] = [];
  const { turn, now } = loop([], () => seen.push(closed(all)));
  await closeIdle(all, turn, now);
  assert.deepEqual(seen, [
    [false, false, false],
    [true, false, false],
    [true, true, false],
  ]);
  assert.deepEqual(closed(all), [true, true, true]);
});

test("one on which something has come meanwhile stays", async () => {
  const all = connections(3);
  const { turn, now } = loop([], (count) => {
    if (count === 2 && all[1]) all[1].bytesRead += 1;
  });
  await closeIdle(all, turn, now);
  assert.deepEqual(closed(all), [true, false, true]);
});

test("after a long turn another one is waited for, in which what has come is read", async () => {
  const all = connections(1);
  const { turn, now } = loop([5, 5], (count) => {
    if (count === 3 && all[0]) all[0].bytesRead += 1;
  });
  await closeIdle(all, turn, now);
  assert.deepEqual(closed(all), [false]);
});

test("a worker that has long turns only closes all the same", async () => {
  const all = connections(2);
  const clock = loop(Array.from({ length: 100 }, () => 30));
  await closeIdle(all, clock.turn, clock.now);
  assert.deepEqual(closed(all), [true, true]);
  assert.ok(clock.turns < 10, `${clock.turns} turns`);
});

test("10,000 take 500 turns", async () => {
  const all = connections(10_000);
  const clock = loop([]);
  await closeIdle(all, clock.turn, clock.now);
  assert.ok(closed(all).every(Boolean));
  assert.equal(clock.turns, 500);
});
