import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { apply } from "../../src/policy/apply.ts";
import type { Action, Fleet, FleetEvent, Worker } from "../../src/policy/fleet.ts";
import { plan } from "../../src/policy/plan.ts";
import { draining, fleet, LIMITS, next, reload, starting, worker } from "./fleets.ts";

const due = (id: number, changes: Partial<Worker> = {}): Worker => worker(id, { recycle: "memory", ...changes });
/** The next worker of slot `slot`, of the same generation; its id is the slot's and ten. */
const heir = (slot: number, changes: Partial<Worker> = {}): Worker => worker(slot + 10, { slot, ...changes });
const unborn = (slot: number): Worker => starting(slot + 10, { slot });
const fork = (slot: number): Action => ({ type: "fork", slot, generation: 1 });
const leave = (id: number): Action => ({ type: "drain", worker: id, mode: "leave" });

type Row = readonly [title: string, fleet: Fleet, actions: readonly Action[], now?: number];

const plans: readonly Row[] = [
  ["forks the replacement first", fleet({ workers: [worker(1), due(2)] }), [fork(2)]],
  ["waits until it is ready", fleet({ size: 2, workers: [worker(1), due(2), unborn(2)] }), []],
  ["then lets the old one leave", fleet({ size: 2, workers: [worker(1), due(2), heir(2)] }), [leave(2)]],
  ["recycles one worker at a time", fleet({ workers: [due(1), due(2), due(3)] }), [fork(1)]],
  ["until the old one is gone", fleet({ size: 2, workers: [draining(1, { recycle: "memory" }), heir(1), due(2)] }), []],
  ["then the next", fleet({ size: 2, workers: [heir(1), due(2)] }), [fork(2)]],
  [
    "does not wait for one that leaves for another reason",
    fleet({ size: 2, workers: [draining(1), heir(1), due(2)] }),
    [fork(2)],
  ],
  ["waits while another worker boots", fleet({ workers: [starting(1), due(2)] }), []],
  ["fills an empty slot first", fleet({ size: 2, workers: [due(2)] }), [fork(1)]],
  [
    "does not wait for a slot that cannot be filled now",
    fleet({ size: 2, workers: [due(2)], history: new Map([[1, { failures: 9, vacatedAt: 0 }]]) }),
    [fork(2)],
  ],
  ["waits while the app is scaled down", fleet({ size: 1, workers: [due(1), worker(2)] }), [leave(2)]],
  ["leaves a slot that is to go alone", fleet({ size: 1, workers: [worker(1), due(2)] }), [leave(2)]],
  [
    "begins nothing while a reload is under way",
    fleet({ workers: [due(1)], reload: reload("tail", { from: 0, to: 1 }) }),
    [{ type: "end-reload", outcome: "done" }],
  ],
  [
    "leaves it to the reload",
    fleet({ size: 2, workers: [due(1), due(2), next(1)], reload: reload("roll") }),
    [leave(1)],
  ],
  [
    "ends what was begun before the reload",
    fleet({
      size: 2,
      workers: [worker(1), due(2), next(1, { state: "starting", readyAt: null }), heir(2)],
      reload: reload("trial"),
    }),
    [leave(2)],
  ],
  ["begins nothing when told to stop", fleet({ workers: [due(1)], phase: "lameduck", stopAt: 500 }), []],
  [
    "retries a replacement that failed after the slot's wait",
    fleet({ workers: [due(1)], history: new Map([[1, { failures: 1, vacatedAt: 50 }]]) }),
    [],
    149,
  ],
  [
    "and not before",
    fleet({ workers: [due(1)], history: new Map([[1, { failures: 1, vacatedAt: 50 }]]) }),
    [fork(1)],
    150,
  ],
  [
    "replaces one that dies meanwhile by whoever boots already",
    fleet({ size: 2, workers: [worker(1), unborn(2)] }),
    [],
  ],
  ["leaves one alone whose kill is ordered", fleet({ workers: [due(1, { killed: true })] }), []],
];

suite("recycling", () => {
  for (const [title, given, actions, now = 0] of plans)
    test(title, () => assert.deepEqual(plan(given, now, LIMITS).actions, actions));

  test("wakes at the end of the slot's wait", () => {
    const given = fleet({ workers: [due(1)], history: new Map([[1, { failures: 1, vacatedAt: 50 }]]) });
    assert.equal(plan(given, 60, LIMITS).wakeAt, 150);
  });
});

const event = (id: number): FleetEvent => ({ type: "recycle", worker: id, reason: "memory" });

const events: readonly (readonly [title: string, fleet: Fleet, event: FleetEvent, expected: Partial<Fleet>])[] = [
  ["is remembered of a ready worker", fleet({ workers: [worker(1)] }), event(1), { workers: [due(1)] }],
  [
    "keeps its first reason",
    fleet({ workers: [due(1, { recycle: "lifetime" })] }),
    event(1),
    { workers: [due(1, { recycle: "lifetime" })] },
  ],
  ["is not wanted of one that leaves", fleet({ workers: [draining(1)] }), event(1), { workers: [draining(1)] }],
  ["is not wanted of one that boots", fleet({ workers: [starting(1)] }), event(1), { workers: [starting(1)] }],
  [
    "changes nothing when the replacement fails",
    fleet({ workers: [due(1), unborn(1)] }),
    { type: "exited", worker: 11, verdict: "hopeless" },
    { phase: "running", workers: [due(1)], history: new Map([[1, { failures: 1, vacatedAt: 100 }]]) },
  ],
  [
    "does not bar a reload's way back when the replacement fails",
    fleet({ size: 2, workers: [due(1), unborn(1), next(2)], reload: reload("back") }),
    { type: "exited", worker: 11, verdict: "failed" },
    { workers: [due(1), next(2)], reload: reload("back") },
  ],
];

suite("a wish to recycle", () => {
  for (const [title, given, happened, expected] of events)
    test(title, () => {
      const changed = apply(given, happened, 100, LIMITS);
      assert.deepEqual(changed, { ...given, history: changed.history, ...expected });
    });
});
