import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { apply } from "../../src/policy/apply.ts";
import type { Action, Fleet, FleetEvent, Limits, Reload } from "../../src/policy/fleet.ts";
import { plan } from "../../src/policy/plan.ts";
import { draining, fleet, LIMITS, starting, worker } from "./fleets.ts";

type PlanRow = readonly [
  title: string,
  fleet: Fleet,
  now: number,
  actions: readonly Action[],
  limits?: Partial<Limits>,
];
type ApplyRow = readonly [title: string, fleet: Fleet, event: FleetEvent, now: number, expected: Partial<Fleet>];

const fork = (slot: number, generation: number): Action => ({ type: "fork", slot, generation });
const leave = (id: number): Action => ({ type: "drain", worker: id, mode: "leave" });
const end = (outcome: "done" | "rolled-back"): Action => ({ type: "end-reload", outcome });

const reload = (phase: Reload["phase"], changes: Partial<Reload> = {}): Reload => ({
  from: 1,
  to: 2,
  how: "rolling",
  phase,
  stuck: false,
  ...changes,
});
/** A new generation's worker in slot `slot`; its id is the slot's and ten. */
const next = (slot: number, changes = {}) => worker(slot + 10, { slot, generation: 2, ...changes });
const nextStarting = (slot: number, changes = {}) => starting(slot + 10, { slot, generation: 2, ...changes });
const reloading = (phase: Reload["phase"], workers: Fleet["workers"], changes: Partial<Fleet> = {}): Fleet =>
  fleet({ size: 2, generation: phase === "tail" ? 2 : 1, reload: reload(phase), workers, ...changes });
const atOnce = (phase: Reload["phase"], workers: Fleet["workers"]): Fleet =>
  reloading(phase, workers, { reload: reload(phase, { how: "at-once" }) });

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

const exited = (id: number): FleetEvent => ({ type: "exited", worker: id, verdict: "failed" });
const events: readonly ApplyRow[] = [
  [
    "a reload begins with a trial",
    fleet({ workers: [worker(1)] }),
    { type: "reload", to: 2, how: "rolling" },
    0,
    { generation: 1, reload: reload("trial") },
  ],
  [
    "a second reload does not begin beside the first",
    reloading("roll", [worker(1), worker(2)]),
    { type: "reload", to: 3, how: "rolling" },
    0,
    { reload: reload("roll") },
  ],
  [
    "an app that stops reloads nothing",
    fleet({ phase: "stopping", workers: [worker(1)] }),
    { type: "reload", to: 2, how: "rolling" },
    0,
    { reload: null },
  ],
  [
    "a trial that does not boot goes back",
    reloading("trial", [worker(1), worker(2), nextStarting(1)]),
    exited(11),
    0,
    { reload: reload("back"), workers: [worker(1), worker(2)] },
  ],
  [
    "a trial that dies in its probation goes back",
    reloading("trial", [worker(1), worker(2), next(1, { readyAt: 100 })]),
    exited(11),
    5_099,
    { reload: reload("back") },
  ],
  [
    "an uncaught error in the probation goes back",
    reloading("trial", [worker(1), worker(2), next(1, { readyAt: 100 })]),
    { type: "draining", worker: 11, why: "crashed" },
    200,
    { reload: reload("back") },
  ],
  [
    "a TERM that somebody sends to the worker on trial says nothing of its code",
    reloading("trial", [worker(1), worker(2), next(1, { readyAt: 100 })]),
    { type: "draining", worker: 11, why: "asked" },
    200,
    { reload: reload("trial") },
  ],
  [
    "an old worker's death does not end the reload",
    reloading("roll", [worker(1), worker(2), nextStarting(1)]),
    exited(2),
    0,
    { reload: reload("roll") },
  ],
  [
    "a later worker of the new generation can fail it, too",
    reloading("roll", [worker(2), next(1), nextStarting(2)]),
    exited(12),
    9_000,
    { reload: reload("back") },
  ],
  [
    "one that has lived through its own probation cannot",
    reloading("roll", [worker(2), next(1, { readyAt: 0 }), nextStarting(2)]),
    exited(11),
    9_000,
    { reload: reload("roll") },
  ],
  [
    "with the last slot replaced the new generation is the one to run",
    reloading("roll", [worker(2), next(1), nextStarting(2)]),
    { type: "ready", worker: 12 },
    0,
    { generation: 2, reload: reload("tail") },
  ],
  [
    "an old generation that does not boot bars the way back",
    reloading("back", [next(1), worker(2), starting(3, { slot: 1 })]),
    exited(3),
    0,
    { reload: reload("back", { stuck: true }) },
  ],
  [
    "a replacement's failure costs the slot no wait",
    reloading("trial", [worker(1), worker(2), nextStarting(1)]),
    exited(11),
    0,
    { history: new Map() },
  ],
  [
    "the kill of a failed generation's worker costs its slot no wait",
    atOnce("back", [nextStarting(1)]),
    exited(11),
    9,
    { history: new Map(), workers: [] },
  ],
  [
    "a stop with a lameduck time serves on until then",
    fleet({ workers: [worker(1)] }),
    { type: "stop", now: false },
    100,
    { phase: "lameduck", stopAt: 5_100 },
  ],
  [
    "a second stop does not wait for it",
    fleet({ phase: "lameduck", stopAt: 5_100, workers: [worker(1)] }),
    { type: "stop", now: false },
    200,
    { phase: "stopping" },
  ],
  ["the size is what was asked for", fleet({ workers: [worker(1)] }), { type: "scale", size: 5 }, 0, { size: 5 }],
];

suite("a reload's events", () => {
  for (const [title, given, event, now, expected] of events) {
    test(title, () => {
      const after = apply(given, event, now, { ...LIMITS, lameduck: 5_000 });
      const seen = Object.fromEntries(Object.keys(expected).map((key) => [key, after[key as keyof Fleet]]));
      assert.deepEqual(seen, expected);
    });
  }
});
