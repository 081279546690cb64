import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { CALM, settled, weigh, type Pressure } from "../../../src/worker/overload/overload.ts";

const CAP = 8;
const open = (since: number | null): Pressure => ({ state: "open", since });
const full = (since: number): Pressure => ({ state: "full", since });
const shedding = (since: number): Pressure => ({ state: "shedding", since });

suite("a worker with a cap of 8", () => {
  const ROWS: readonly [title: string, before: Pressure, load: number, now: number, after: Pressure][] = [
    ["accepts below it", CALM, 7, 1000, CALM],
    ["is full at it", CALM, 8, 1000, full(1000)],
    ["stays full while answers make little room", full(1000), 7, 1050, full(1000)],
    ["accepts again when a quarter is free", full(1000), 6, 1050, open(1000)],
    ["stays full until its siblings had their time", full(1000), 8, 1099, full(1000)],
    ["sheds when they had it and it still is full", full(1000), 8, 1100, shedding(1100)],
    ["accepts without shedding when it is just below then", full(1000), 7, 1100, open(1000)],
    ["goes on being full when the queue has filled it again", open(1000), 8, 1050, full(1000)],
    ["sheds when the queue has filled it again and again", open(1000), 8, 1100, shedding(1100)],
    ["sheds for a second", shedding(2000), 8, 2999, shedding(2000)],
    ["then gives its siblings another chance", shedding(2000), 8, 3000, full(3000)],
    ["but only when it is full", shedding(2000), 7, 3000, shedding(2000)],
  ];
  for (const [title, before, load, now, after] of ROWS) {
    test(title, () => assert.deepEqual(weigh(before, load, CAP, now), after));
  }

  const SETTLED: readonly [title: string, before: Pressure, after: Pressure][] = [
    ["is calm when what was in the queue did not fill it", open(1000), CALM],
    ["is not when it did", full(1000), full(1000)],
    ["nor while it sheds", shedding(1000), shedding(1000)],
  ];
  for (const [title, before, after] of SETTLED) {
    test(title, () => assert.deepEqual(settled(before), after));
  }
});

for (const cap of [1, 2, 3, 4, 1000]) {
  test(`a full worker with a cap of ${cap} accepts again before it is idle, or when it is`, () => {
    const loads = Array.from({ length: cap + 1 }, (_, load) => load);
    const accepting = loads.filter((load) => weigh(full(0), load, cap, 1).state === "open");
    assert.ok(accepting.includes(0) && !accepting.includes(cap));
    assert.ok(cap === 1 || accepting.length > 1);
  });
}
