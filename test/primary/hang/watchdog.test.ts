import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { Watchdog } from "../../../src/primary/hang/watchdog.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const PATIENCE = 10_000;

suite("the watchdog", () => {
  let clock: ManualClock;
  let watchdog: Watchdog;
  let told: unknown[] = [];
  let examined: AbortSignal | null = null;

  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    watchdog = new Watchdog(clock, {
      slow: (worker) => void told.push(["slow", worker]),
      hung: (worker, _, answers) => {
        told.push(["hung", worker]);
        examined = answers;
      },
      answered: (worker, ms) => void told.push(["answered", worker, ms]),
      excused: (worker) => void told.push(["excused", worker]),
    });
  });

  /** So many seconds, in which these beat. */
  const pass = (seconds: number, ...beating: readonly number[]): void => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1_000);
      for (const worker of beating) watchdog.beat(worker, "closed", 0);
    }
  };

  test("lets those be that beat, with one timer for all", () => {
    watchdog.join(1, PATIENCE);
    watchdog.join(2, PATIENCE);
    pass(120, 1, 2);
    assert.deepEqual(told, []);
    assert.equal(clock.waiting, 1);
    watchdog.leave(1);
    watchdog.leave(2);
    assert.equal(clock.waiting, 0);
  });

  test("warns of a silent one once, and then finds it hung once", () => {
    watchdog.join(1, PATIENCE);
    watchdog.join(2, PATIENCE);
    pass(5, 1, 2);
    pass(10, 1);
    assert.deepEqual(told, [["slow", 2]]);
    pass(60, 1);
    assert.deepEqual(told, [
      ["slow", 2],
      ["hung", 2],
    ]);
  });

  test("kills nobody whose loop stood still for less than the timeout", () => {
    watchdog.join(1, PATIENCE);
    pass(3, 1);
    // From right after its last beat on, until right before the timeout: its next beat was due a second after the last.
    clock.advance(1_000 + PATIENCE - 1);
    watchdog.beat(1, "closed", PATIENCE - 1);
    pass(5, 1);
    assert.deepEqual(told, [
      ["slow", 1],
      ["answered", 1, PATIENCE - 1],
    ]);
  });

  test("warns of each stall anew", () => {
    watchdog.join(1, PATIENCE);
    for (let stall = 0; stall < 2; stall += 1) {
      pass(4);
      watchdog.beat(1, "closed", 3_000);
      pass(4, 1);
    }
    const once = [
      ["slow", 1],
      ["answered", 1, 3_000],
    ];
    assert.deepEqual(told, [...once, ...once]);
  });

  test("judges nobody after it was stopped itself, before or while it reads", () => {
    watchdog.join(1, PATIENCE);
    pass(3, 1);
    clock.stop(60_000);
    clock.advance(0);
    // What came meanwhile was not read before the timer.
    watchdog.beat(1, "closed", 0);
    pass(5, 1);
    assert.deepEqual(told, []);
    // The look is over, the reading begun.
    clock.advance(2_001);
    clock.stop(60_000);
    clock.advance(0);
    pass(5, 1);
    assert.deepEqual(told, []);
  });

  test("gives one that was slow all its time again after it was stopped itself", () => {
    watchdog.join(1, PATIENCE);
    pass(4);
    clock.stop(60_000);
    clock.advance(0);
    pass(10);
    assert.deepEqual(told, [["slow", 1]]);
    pass(2);
    assert.deepEqual(told, [
      ["slow", 1],
      ["hung", 1],
    ]);
  });

  test("reads what has come before it judges, also when it is hardly late", () => {
    watchdog.join(1, PATIENCE);
    clock.stop(2_400);
    clock.advance(50);
    watchdog.beat(1, "closed", 0);
    pass(5, 1);
    assert.deepEqual(told, []);
  });

  test("lets a worker be whose inspector is open, and watches it again when it is closed", () => {
    watchdog.join(1, PATIENCE);
    watchdog.beat(1, "open", 0);
    pass(60);
    watchdog.beat(1, "open", 0);
    assert.deepEqual(told, [["excused", 1]]);
    watchdog.beat(1, "closed", 0);
    pass(5);
    assert.deepEqual(told, [
      ["excused", 1],
      ["slow", 1],
    ]);
  });

  const isExaminedInVain = (): boolean | undefined => examined?.aborted;

  /** Until it is examined. */
  const hang = (): void => {
    watchdog.join(1, PATIENCE);
    pass(12);
    assert.equal(isExaminedInVain(), false);
    told = [];
  };

  test("lets one live that beats while it is examined, and finds it hung anew", () => {
    hang();
    watchdog.beat(1, "closed", PATIENCE + 1_500);
    assert.equal(isExaminedInVain(), true);
    assert.deepEqual(told, [["answered", 1, PATIENCE + 1_500]]);
    pass(12);
    assert.deepEqual(told.slice(1), [
      ["slow", 1],
      ["hung", 1],
    ]);
    assert.equal(isExaminedInVain(), false);
  });

  test("has nobody killed for a hang who leaves while it is examined", () => {
    hang();
    watchdog.leave(1);
    assert.equal(isExaminedInVain(), true);
  });

  test("excuses one whose inspector turns out to be open, until it says that it is closed", () => {
    hang();
    watchdog.excuse(1);
    watchdog.excuse(1);
    pass(60);
    assert.deepEqual(told, [["excused", 1]]);
    watchdog.beat(1, "closed", 0);
    pass(4);
    assert.deepEqual(told.slice(1), [["slow", 1]]);
  });

  test("gives one that turns out to be stopped its whole time again, without another warning", () => {
    hang();
    watchdog.spare(1);
    pass(10);
    assert.deepEqual(told, []);
    pass(2);
    assert.deepEqual(told, [["hung", 1]]);
  });

  test("hears nothing of those that have left", () => {
    watchdog.join(1, PATIENCE);
    watchdog.leave(1);
    watchdog.beat(1, "closed", 0);
    pass(60);
    assert.deepEqual(told, []);
  });
});
