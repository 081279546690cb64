import assert from "node:assert/strict";
import { test } from "node:test";
import { newFleet, type Action } from "../../src/policy/fleet.ts";
import { Supervisor, type Clock } from "../../src/primary/supervisor.ts";
import { LIMITS } from "../policy/fleets.ts";
import { ManualClock } from "../support/manual-clock.ts";

function started(size: number): { clock: ManualClock; supervisor: Supervisor; actions: string[] } {
  const clock = new ManualClock();
  const actions: string[] = [];
  let ids = 0;
  const perform = (action: Action): void => {
    actions.push(action.type);
    if (action.type === "fork") supervisor.post({ type: "forked", worker: ++ids, slot: action.slot, generation: 1 });
    if (action.type === "kill") supervisor.post({ type: "killed", worker: action.worker });
  };
  const supervisor: Supervisor = new Supervisor(newFleet(size, 0), LIMITS, clock, perform, () => undefined);
  supervisor.run();
  return { clock, supervisor, actions };
}

test("performs what is planned, in one loop also when an action reports back at once", () => {
  assert.deepEqual(started(2).actions, ["fork", "fork"]);
});

test("wakes by itself at the end of a wait", () => {
  const { clock, supervisor, actions } = started(1);
  supervisor.post({ type: "exited", worker: 1, verdict: "failed" });
  assert.deepEqual(actions, ["fork"]);
  clock.advance(101);
  assert.deepEqual(actions, ["fork", "fork"]);
});

test("wakes by itself at a deadline", () => {
  const { clock, actions } = started(1);
  clock.advance(30_001);
  assert.deepEqual(actions, ["fork", "kill"]);
});

test("takes in what has come while it was stopped before it kills by a deadline", () => {
  const { clock, supervisor, actions } = started(1);
  clock.stop(60_000);
  clock.advance(0);
  supervisor.post({ type: "ready", worker: 1 });
  clock.advance(1000);
  assert.deepEqual(actions, ["fork"]);
  const other = started(1);
  other.clock.stop(60_000);
  other.clock.advance(1000);
  assert.deepEqual(other.actions, ["fork", "kill"]);
});

test("has one timer at most, and none while all is well", () => {
  const { clock, supervisor } = started(3);
  assert.equal(clock.waiting, 1);
  for (const worker of [1, 2, 3]) supervisor.post({ type: "ready", worker });
  assert.equal(clock.waiting, 0);
});

function failToKill({ type }: Action): void {
  if (type === "kill") throw new Error("it cannot be killed");
}

test("knows that it is stuck when its timer is lost, and when a round has failed in its middle", () => {
  let now = 0;
  const withoutTimers: Clock = { now: () => now, after: () => () => undefined };
  const supervisor = new Supervisor(newFleet(1, 0), LIMITS, withoutTimers, failToKill, () => undefined);
  supervisor.post({ type: "forked", worker: 1, slot: 1, generation: 1 });
  assert.equal(supervisor.stuck, false);
  now = LIMITS.bootTimeout + 9_000;
  assert.equal(supervisor.stuck, false);
  now += 2_000;
  assert.equal(supervisor.stuck, true);
  now = 0;
  assert.throws(() => supervisor.post({ type: "stop", now: true }), /cannot be killed/);
  assert.equal(supervisor.stuck, true);
});
