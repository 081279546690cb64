import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action, Fleet, Limits } from "../../src/policy/fleet.ts";
import { plan } from "../../src/policy/plan.ts";
import { draining, fleet, LIMITS, starting, worker } from "./fleets.ts";

type Row = readonly [title: string, fleet: Fleet, now: number, actions: readonly Action[], limits?: Partial<Limits>];

const fork = (slot: number): Action => ({ type: "fork", slot, generation: 1 });
const finish = (outcome: "stopped" | "cannot-boot" | "none-left"): Action => ({ type: "finish", outcome });
const stop = (id: number): Action => ({ type: "drain", worker: id, mode: "stop" });
const kill = (id: number, reason: "boot-timeout" | "drain-timeout" | "hang" | "stop"): Action => ({
  type: "kill",
  worker: id,
  reason,
});
const vacated = (failures: number, vacatedAt: number) => new Map([[1, { failures, vacatedAt }]]);

const rows: readonly Row[] = [
  ["fills every slot at the start", fleet({ size: 3, everReady: false }), 0, [fork(1), fork(2), fork(3)]],
  [
    "starts no more at once than it may",
    fleet({ size: 64, everReady: false }),
    0,
    [fork(1), fork(2), fork(3), fork(4)],
  ],
  [
    "counts those still booting among them",
    fleet({ size: 9, workers: [starting(1), starting(2), starting(3)] }),
    0,
    [fork(4)],
  ],
  ["leaves a full fleet alone", fleet({ workers: [worker(1), worker(2)] }), 0, []],
  ["fills the slot of a worker that has gone", fleet({ size: 2, workers: [worker(2)] }), 0, [fork(1)]],
  ["replaces a worker as soon as it drains", fleet({ size: 1, workers: [draining(1)] }), 0, [fork(1)]],
  ["replaces a proven worker at once", fleet({ history: vacated(0, 50) }), 50, [fork(1)]],
  ["lets a failing slot wait", fleet({ history: vacated(1, 50) }), 149, []],
  ["starts it again after the wait", fleet({ history: vacated(1, 50) }), 150, [fork(1)]],
  ["waits longer each time", fleet({ history: vacated(4, 0) }), 799, []],
  ["waits no longer than the longest", fleet({ history: vacated(40, 0), standIn: true }), 15_000, [fork(1)]],
  [
    "kills a worker that does not get ready",
    fleet({ workers: [starting(1), worker(2)] }),
    30_000,
    [kill(1, "boot-timeout")],
  ],
  ["gives a boot its whole time", fleet({ workers: [starting(1), worker(2)] }), 29_999, []],
  [
    "kills a worker that has said what it cuts",
    fleet({ size: 1, workers: [draining(1, { overdue: true }), worker(2, { slot: 1 })] }),
    19_990,
    [kill(1, "drain-timeout")],
  ],
  [
    "leaves a leaving worker the time to say it",
    fleet({ size: 1, workers: [draining(1), worker(2, { slot: 1 })] }),
    20_999,
    [],
  ],
  [
    "kills a worker that is too stuck to say anything",
    fleet({ size: 1, workers: [draining(1), worker(2, { slot: 1 })] }),
    21_000,
    [kill(1, "drain-timeout")],
  ],
  ["kills a worker that hangs", fleet({ workers: [worker(1, { hung: true }), worker(2)] }), 20, [kill(1, "hang")]],
  [
    "kills a worker that hangs also when it was told to leave meanwhile",
    fleet({ size: 1, workers: [draining(1, { hung: true }), worker(2, { slot: 1 })] }),
    20,
    [kill(1, "hang")],
  ],
  ["kills a worker that hangs once", fleet({ workers: [worker(1, { hung: true, killed: true })] }), 20, []],
  [
    "kills nobody twice",
    fleet({ size: 1, workers: [draining(1, { killed: true }), worker(2, { slot: 1 })] }),
    99_000,
    [],
  ],
  [
    "lets a stand-in answer after 5 s without a ready worker",
    fleet({ workers: [starting(1)] }),
    5_000,
    [{ type: "start-stand-in" }],
  ],
  ["starts one stand-in only", fleet({ workers: [starting(1)], standIn: true }), 9_000, []],
  ["has no stand-in before anything was ever ready", fleet({ workers: [starting(1)], everReady: false }), 9_000, []],
  [
    "sends the stand-in away when a worker is ready",
    fleet({ workers: [worker(1)], standIn: true }),
    9_000,
    [{ type: "stop-stand-in" }],
  ],
  [
    "gives the address up before it tells the workers to stop",
    fleet({ phase: "stopping", workers: [worker(1), worker(2)] }),
    0,
    [{ type: "close-listeners" }, stop(1), stop(2)],
  ],
  [
    "lets a worker that boots go first: it has the socket, and accepts nothing",
    fleet({ phase: "stopping", workers: [worker(1), starting(2)] }),
    0,
    [stop(2)],
  ],
  [
    "lets the others accept until it has gone",
    fleet({ phase: "stopping", workers: [worker(1), draining(2, { readyAt: null })] }),
    999,
    [],
  ],
  [
    "does not wait longer than a second for a boot that blocks",
    fleet({ phase: "stopping", workers: [worker(1), draining(2, { readyAt: null })] }),
    1_000,
    [{ type: "close-listeners" }, stop(1)],
  ],
  [
    "does not wait for it when nobody else accepts",
    fleet({ phase: "stopping", workers: [starting(1), draining(2, { readyAt: null })] }),
    0,
    [{ type: "close-listeners" }, stop(1)],
  ],
  ["waits for those that drain", fleet({ phase: "stopping", listenersHeld: false, workers: [draining(1)] }), 0, []],
  [
    "starts nobody while it stops",
    fleet({ size: 4, phase: "stopping", listenersHeld: false, workers: [draining(1)] }),
    0,
    [],
  ],
  [
    "kills at once when told so",
    fleet({ phase: "stopping-now", listenersHeld: false, workers: [draining(1), worker(2)] }),
    0,
    [kill(1, "stop"), kill(2, "stop")],
  ],
  ["ends when the last worker has gone", fleet({ phase: "stopping", listenersHeld: false }), 0, [finish("stopped")]],
  [
    "ends as unable to boot when it has given up",
    fleet({ phase: "given-up", listenersHeld: false }),
    0,
    [finish("cannot-boot")],
  ],
  [
    "does not wait for workers of an app that cannot boot",
    fleet({ phase: "given-up", listenersHeld: false, workers: [starting(1)] }),
    0,
    [kill(1, "stop")],
  ],
  [
    "replaces nobody when restarts are off",
    fleet({ size: 2, history: vacated(0, 0), workers: [worker(2)] }),
    9,
    [],
    { restart: "never" },
  ],
  [
    "starts the first workers also when restarts are off",
    fleet({ size: 2, everReady: false }),
    0,
    [fork(1), fork(2)],
    { restart: "never" },
  ],
  [
    "ends with the last worker when restarts are off",
    fleet({ history: vacated(0, 0) }),
    9,
    [finish("none-left")],
    { restart: "never" },
  ],
];

for (const [title, given, now, actions, limits] of rows) {
  test(title, () => assert.deepEqual(plan(given, now, { ...LIMITS, ...limits }).actions, actions));
}

const wakes: readonly (readonly [title: string, fleet: Fleet, now: number, wakeAt: number | null])[] = [
  ["wakes for nothing while all is well", fleet({ workers: [worker(1)] }), 0, null],
  ["wakes at the end of a wait", fleet({ history: vacated(2, 100), workers: [], standIn: true }), 150, 300],
  ["wakes at a boot's deadline", fleet({ workers: [starting(1, { forkedAt: 7 }), worker(2)] }), 10, 30_007],
  [
    "wakes at a drain's deadline",
    fleet({ phase: "stopping", workers: [draining(1, { drainingSince: 5 })] }),
    10,
    21_005,
  ],
  [
    "wakes when it has waited enough for a boot that blocks",
    fleet({ phase: "stopping", workers: [worker(1), draining(2, { readyAt: null, drainingSince: 5 })] }),
    10,
    1_005,
  ],
  [
    "wakes for the nearest of all",
    fleet({ size: 2, history: vacated(1, 0), workers: [starting(2), worker(3, { slot: 2 })] }),
    10,
    100,
  ],
  ["wakes to start a stand-in", fleet({ workers: [starting(1)], noneReadySince: 3 }), 10, 5_003],
];

for (const [title, given, now, wakeAt] of wakes) {
  test(title, () => assert.equal(plan(given, now, LIMITS).wakeAt, wakeAt));
}
