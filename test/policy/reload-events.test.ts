import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { apply } from "../../src/policy/apply.ts";
import type { Fleet, FleetEvent } from "../../src/policy/fleet.ts";
import { atOnce, fleet, LIMITS, next, nextStarting, reload, reloading, starting, worker } from "./fleets.ts";

type ApplyRow = readonly [title: string, fleet: Fleet, event: FleetEvent, now: number, expected: Partial<Fleet>];

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
    "a TERM in the probation, which an app may send to itself, goes back",
    reloading("trial", [worker(1), worker(2), next(1, { readyAt: 100 })]),
    { type: "draining", worker: 11, why: "asked" },
    200,
    { reload: reload("back") },
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
