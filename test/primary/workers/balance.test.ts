import assert from "node:assert/strict";
import { test } from "node:test";
import { Balance } from "../../../src/primary/workers/balance.ts";

/** Ticks when told to. */
function balanced(places = ["a", "a", "a"]): {
  balance: Balance;
  told: string[];
  tick: () => void;
  ticking: () => boolean;
} {
  const told: string[] = [];
  let next: (() => void) | null = null;
  const clock = { now: () => 0, after: (_ms: number, callback: () => void) => ((next = callback), () => undefined) };
  const balance = new Balance(clock, {
    placeOf: (worker) => places[worker - 1] ?? "",
    stepAside: (worker) => told.push(`${worker} aside`),
    rejoin: (worker) => told.push(`${worker} back`),
  });
  for (const worker of [1, 2, 3]) balance.join(worker);
  const tick = (): void => {
    const callback = next;
    next = null;
    callback?.();
  };
  return { balance, told, tick, ticking: () => next !== null };
}

test("asks a worker with more than its share to step aside, and back at the next tick", () => {
  const { balance, told, tick } = balanced();
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  tick();
  balance.report(2, { accepted: 8, open: 0, busy: 0 });
  balance.report(3, { accepted: 8, open: 0, busy: 0 });
  tick();
  assert.deepEqual(told, ["1 aside", "1 back"]);
});

test("leaves a worker alone when the others accept elsewhere", () => {
  const { balance, told, tick } = balanced(["a", "b", "b"]);
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  balance.report(2, { accepted: 8, open: 0, busy: 0 });
  tick();
  assert.deepEqual(told, ["2 aside"]);
});

test("calls everybody back when the others show no sign of accepting", () => {
  const { balance, told, tick } = balanced();
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  tick();
  tick();
  assert.deepEqual(told, ["1 aside", "1 back"]);
});

test("calls everybody back when a worker has gone", () => {
  const { balance, told, tick } = balanced();
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  tick();
  balance.leave(2);
  assert.deepEqual(told, ["1 aside", "1 back"]);
});

test("calls everybody back for a burst", () => {
  const { balance, told, tick } = balanced();
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  tick();
  balance.burst();
  assert.deepEqual(told, ["1 aside", "1 back"]);
});

test("lets a worker that was full accept again", () => {
  const { balance, told } = balanced();
  balance.wantsMore(1);
  assert.deepEqual(told, ["1 back"]);
});

test("calls a worker that was full back once, when it stood aside meanwhile", () => {
  const { balance, told, tick } = balanced();
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  tick();
  balance.wantsMore(1);
  balance.burst();
  assert.deepEqual(told, ["1 aside", "1 back"]);
});

test("calls back a worker that was full before it was ready", () => {
  const { balance, told } = balanced();
  balance.wantsMore(9);
  assert.deepEqual(told, ["9 back"]);
});

test("stops ticking when no more connections come", () => {
  const { balance, tick, ticking } = balanced();
  balance.report(1, { accepted: 1, open: 1, busy: 0 });
  tick();
  assert.ok(ticking());
  tick();
  assert.ok(!ticking());
});
