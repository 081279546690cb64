import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Action, Fleet, Limits } from "../../src/policy/fleet.ts";
import { plan } from "../../src/policy/plan.ts";
import { atOnce, draining, fleet, LIMITS, next, nextStarting, reload, reloading, starting, worker } from "./fleets.ts";

type PlanRow = readonly [
  title: string,
  fleet: Fleet,
  now: number,
  actions: readonly Action[],
  limits?: Partial<Limits>,
];

const fork = (slot: number, generation: number): Action => ({ type: "fork", slot, generation });
const leave = (id: number): Action => ({ type: "drain", worker: id, mode: "leave" });
const end = (outcome: "done" | "rolled-back"): Action => ({ type: "end-reload", outcome });

const plans: readonly PlanRow[] = [
  ["tries the new generation in the first slot", reloading("trial", [worker(1), worker(2)]), 0, [fork(1, 2)]],
  ["waits for it to be ready", reloading("trial", [worker(1), worker(2), nextStarting(1)]), 0, []],
  [
    "keeps every old worker through the probation",
    reloading("trial", [worker(1), worker(2), next(1, { readyAt: 100 })]),
    5_099,
    [],
  ],
  [
    "is convinced at its end",
    reloading("trial", [worker(1), worker(2), next(1, { readyAt: 100 })]),
    5_100,
    [{ type: "prove" }],
  ],
  [
    "is convinced at once without a probation",
    reloading("trial", [worker(1), worker(2), next(1, { readyAt: 100 })]),
    100,
    [{ type: "prove" }],
    { probation: 0 },
  ],
  [
    "fills another slot with the old generation while the new one is on trial",
    reloading("trial", [worker(1), nextStarting(1)]),
    0,
    [fork(2, 1)],
  ],
  [
    "brings the old worker of the first slot back when it dies before the new one serves",
    reloading("trial", [worker(2), nextStarting(1)]),
    0,
    [fork(1, 1)],
  ],
  ["does not when the new one serves", reloading("trial", [worker(2), next(1)]), 100, []],
  [
    "keeps that slot's waits",
    reloading("trial", [worker(2), nextStarting(1)], { history: new Map([[1, { failures: 1, vacatedAt: 0 }]]) }),
    99,
    [],
  ],
  [
    "replaces nothing but the first slot during the trial, whatever else runs another generation",
    fleet({
      size: 2,
      generation: 1,
      reload: reload("trial", { to: 3 }),
      workers: [worker(1), next(2)],
      history: new Map([[2, { failures: 1, vacatedAt: 0 }]]),
    }),
    0,
    [fork(1, 3)],
  ],
  [
    "lets the replaced worker leave, and boots the next replacement meanwhile",
    reloading("roll", [draining(1), worker(2), next(1)]),
    0,
    [fork(2, 2)],
  ],
  ["replaces before it retires", reloading("roll", [worker(1), worker(2), next(1)]), 0, [leave(1)]],
  ["has one extra worker at a time", reloading("roll", [worker(1), worker(2), nextStarting(1)]), 0, []],
  [
    "has more with a larger surge",
    reloading("roll", [worker(1), worker(2), nextStarting(1)]),
    0,
    [fork(2, 2)],
    { surge: 2 },
  ],
  ["waits for the old workers at the end", reloading("tail", [draining(1), next(1), next(2)]), 0, []],
  ["is done when they have gone", reloading("tail", [next(1), next(2)]), 0, [end("done")]],
  [
    "is over when a trial has failed and its worker is gone",
    reloading("back", [worker(1), worker(2)]),
    0,
    [end("rolled-back")],
  ],
  [
    "sends a trial's worker away at once when another one of it has failed",
    reloading("back", [worker(1), worker(2), next(1)]),
    0,
    [leave(11)],
  ],
  [
    "ends the boot of a generation that has failed",
    reloading("back", [worker(1), worker(2), nextStarting(2)]),
    0,
    [{ type: "kill", worker: 12, reason: "rolled-back" }],
  ],
  [
    "brings the old generation back before the new one leaves",
    reloading("back", [next(1), worker(2)]),
    0,
    [fork(1, 1)],
  ],
  [
    "gives up the way back when the old generation cannot boot either",
    reloading("back", [next(1), worker(2)], { reload: reload("back", { stuck: true }) }),
    0,
    [end("rolled-back")],
  ],
  [
    "tries the slots that could not go back again, after their wait",
    fleet({ size: 1, generation: 1, workers: [next(1)], history: new Map([[1, { failures: 1, vacatedAt: 50 }]]) }),
    150,
    [fork(1, 1)],
  ],
  [
    "lets the old generation leave first when told to restart",
    atOnce("roll", [worker(1), worker(2)]),
    0,
    [leave(1), leave(2)],
  ],
  ["starts no new worker beside an old one then", atOnce("roll", [draining(1), draining(2)]), 0, []],
  ["starts them when the last has gone", atOnce("roll", []), 0, [fork(1, 2), fork(2, 2)]],
  [
    "goes back to the old generation when the new one does not start",
    atOnce("back", [nextStarting(2)]),
    0,
    [{ type: "kill", worker: 12, reason: "rolled-back" }],
  ],
  ["is not back before the old generation serves again", atOnce("back", [starting(1), worker(2)]), 0, []],
  ["is back when it does", atOnce("back", [worker(1), worker(2)]), 0, [end("rolled-back")]],
  ["drains the slots beyond the size", fleet({ size: 1, workers: [worker(1), worker(2)] }), 0, [leave(2)]],
  ["fills new slots", fleet({ size: 2, workers: [worker(1)] }), 0, [fork(2, 1)]],
  [
    "serves on as a lame duck",
    fleet({ size: 2, phase: "lameduck", stopAt: 500, workers: [worker(1)] }),
    499,
    [fork(2, 1)],
  ],
  [
    "begins to stop when the lameduck time is over",
    fleet({ phase: "lameduck", stopAt: 500, workers: [worker(1)] }),
    500,
    [{ type: "begin-stop" }],
  ],
];

suite("a reload's plan", () => {
  for (const [title, given, now, actions, limits] of plans) {
    test(title, () => assert.deepEqual(plan(given, now, { ...LIMITS, ...limits }).actions, actions));
  }

  test("wakes at the end of the probation", () => {
    const given = reloading("trial", [worker(1), worker(2), next(1, { readyAt: 100 })]);
    assert.equal(plan(given, 200, LIMITS).wakeAt, 5_100);
  });

  test("wakes at the end of the lameduck time", () => {
    assert.equal(plan(fleet({ phase: "lameduck", stopAt: 500, workers: [worker(1)] }), 0, LIMITS).wakeAt, 500);
  });
});
