import assert from "node:assert/strict";
import { test } from "node:test";
import { Balance } from "../../../src/primary/workers/balance.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** Time passes when told to, a tick or the wait for an answer. Workers that are not `stuck` answer whether they are free. */
function balanced(places = ["a", "a", "a"]): {
  balance: Balance;
  told: string[];
  stuck: Set<number>;
  asked: number[];
  tick: () => void;
  wait: () => void;
  ticking: () => boolean;
} {
  const told: string[] = [];
  const stuck = new Set<number>();
  const asked: number[] = [];
  const unanswered: number[] = [];
  const timers = new Set<Timer>();
  let now = 0;
  const after = (ms: number, callback: () => void): (() => void) => {
    const timer = { due: now + ms, callback };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const balance = new Balance(
    { now: () => now, after },
    {
      placeOf: (worker) => places[worker - 1] ?? "",
      askIfFree: (worker) => void (asked.push(worker), unanswered.push(worker)),
      stepAside: (worker) => told.push(`${worker} aside`),
      rejoin: (worker) => told.push(`${worker} back`),
    },
  );
  for (const worker of [1, 2, 3]) balance.join(worker);
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; now += 1) {
      for (const timer of timers) {
        if (timer.due <= now && timers.delete(timer)) timer.callback();
      }
      for (const worker of unanswered.splice(0)) if (!stuck.has(worker)) balance.free(worker);
    }
  };
  return { balance, told, stuck, asked, tick: () => pass(250), wait: () => pass(100), ticking: () => timers.size > 0 };
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

test("lets nobody stand aside for a worker that is stuck", () => {
  const { balance, told, stuck, wait } = balanced(["a", "a"]);
  stuck.add(2);
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  wait();
  assert.deepEqual(told, []);
});

test("calls everybody back when the only worker they stand aside for gets stuck", () => {
  const { balance, told, stuck, wait } = balanced(["a", "a"]);
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  wait();
  stuck.add(2);
  wait();
  assert.deepEqual(told, ["1 aside", "1 back"]);
});

test("asks once a tick where one more worker accepts", () => {
  const { balance, asked, wait, tick } = balanced();
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  wait();
  balance.report(2, { accepted: 1, open: 0, busy: 0 });
  tick();
  assert.equal(asked.length, 2);
});

test("shares among the others what a stuck worker does not take", () => {
  const { balance, told, stuck, wait, tick } = balanced();
  stuck.add(3);
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  wait();
  balance.report(1, { accepted: 16, open: 0, busy: 0 });
  tick();
  assert.deepEqual(told, ["1 aside"]);
});

test("counts on a worker again that was stuck, once it answers", () => {
  const { balance, told, stuck, wait, tick } = balanced(["a", "a"]);
  stuck.add(2);
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  wait();
  stuck.delete(2);
  balance.free(2);
  balance.report(1, { accepted: 16, open: 0, busy: 0 });
  tick();
  assert.deepEqual(told, ["1 aside"]);
});

test("counts on a worker again that was full when it was asked, once it wants more", () => {
  const { balance, told, stuck, wait, tick } = balanced(["a", "a"]);
  stuck.add(2);
  balance.report(1, { accepted: 8, open: 0, busy: 0 });
  wait();
  stuck.delete(2);
  balance.wantsMore(2);
  balance.report(1, { accepted: 16, open: 0, busy: 0 });
  tick();
  assert.deepEqual(told, ["2 back", "1 aside"]);
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
