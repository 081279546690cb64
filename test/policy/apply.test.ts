import assert from "node:assert/strict";
import { test } from "node:test";
import { apply } from "../../src/policy/apply.ts";
import type { Fleet, FleetEvent } from "../../src/policy/fleet.ts";
import { draining, fleet, LIMITS, starting, worker } from "./fleets.ts";

type Row = readonly [title: string, fleet: Fleet, event: FleetEvent, now: number, expected: Partial<Fleet>];

const exited = (id: number, verdict: "failed" | "hopeless" | "excused" = "failed"): FleetEvent => ({
  type: "exited",
  worker: id,
  verdict,
});
const slot1 = (failures: number, vacatedAt: number) => new Map([[1, { failures, vacatedAt }]]);
const young = (changes: Partial<Fleet> = {}): Fleet => fleet({ everReady: false, workers: [starting(1)], ...changes });

const rows: readonly Row[] = [
  [
    "a forked worker starts",
    fleet({ size: 1 }),
    { type: "forked", worker: 1, slot: 1, generation: 1 },
    5,
    { workers: [starting(1, { forkedAt: 5 })] },
  ],
  [
    "a ready worker makes the fleet healthy",
    young(),
    { type: "ready", worker: 1 },
    10,
    { workers: [worker(1, { answered: false })], everReady: true, noneReadySince: null },
  ],
  [
    "a worker that drains already does not become ready",
    fleet({ workers: [draining(1)] }),
    { type: "ready", worker: 1 },
    9,
    { workers: [draining(1)] },
  ],
  [
    "the first answer is remembered",
    fleet({ workers: [worker(1, { answered: false })] }),
    { type: "answered", worker: 1 },
    9,
    { workers: [worker(1)] },
  ],
  [
    "a worker that hangs is known for it",
    fleet({ workers: [worker(1), worker(2)] }),
    { type: "hung", worker: 2 },
    9,
    { workers: [worker(1), worker(2, { hung: true })] },
  ],
  [
    "a worker that drains leaves its slot at once",
    fleet({ workers: [worker(1)] }),
    { type: "draining", worker: 1, why: "asked" },
    9,
    { workers: [draining(1, { drainingSince: 9 })], history: slot1(0, 9), noneReadySince: 9 },
  ],
  [
    "the end of a drain changes no history",
    fleet({ workers: [draining(1)], history: slot1(3, 4) }),
    exited(1),
    9,
    { workers: [], history: slot1(3, 4) },
  ],
  [
    "the death of a worker that has answered is no failure",
    fleet({ workers: [worker(1)], history: slot1(7, 0) }),
    exited(1),
    9,
    { workers: [], history: slot1(0, 9) },
  ],
  [
    "the death of one that has not is",
    fleet({ workers: [worker(1, { answered: false })], history: slot1(2, 0) }),
    exited(1),
    9,
    { workers: [], history: slot1(3, 9) },
  ],
  [
    "a worker without traffic proves itself by staying up",
    fleet({ workers: [worker(1, { answered: false })], history: slot1(2, 0) }),
    exited(1),
    15_010,
    { workers: [], history: slot1(0, 15_010) },
  ],
  ["a failed boot counts", young(), exited(1), 9, { workers: [], history: slot1(1, 9), phase: "running" }],
  ["the third of a slot in a row is the last", young({ history: slot1(2, 0) }), exited(1), 9, { phase: "given-up" }],
  [
    "failures of other slots do not add up",
    young({ history: new Map([[2, { failures: 2, vacatedAt: 0 }]]) }),
    exited(1),
    9,
    { phase: "running" },
  ],
  ["a hopeless one is the last at once", young(), exited(1, "hopeless"), 9, { phase: "given-up" }],
  [
    "an excused one counts nowhere",
    young(),
    exited(1, "excused"),
    9,
    { workers: [], history: new Map(), phase: "running" },
  ],
  ["once healthy it never gives up", fleet({ workers: [starting(1)] }), exited(1, "hopeless"), 9, { phase: "running" }],
  ["a stop begins with a drain", fleet(), { type: "stop", now: false }, 9, { phase: "stopping" }],
  [
    "a stop at once overrules it",
    fleet({ phase: "stopping" }),
    { type: "stop", now: true },
    9,
    { phase: "stopping-now" },
  ],
  [
    "and cannot be taken back",
    fleet({ phase: "stopping-now" }),
    { type: "stop", now: false },
    9,
    { phase: "stopping-now" },
  ],
  [
    "news of a worker that has gone change nothing",
    fleet({ workers: [worker(1)] }),
    { type: "draining", worker: 7, why: "asked" },
    9,
    { workers: [worker(1)] },
  ],
];

for (const [title, given, event, now, expected] of rows) {
  test(title, () => {
    const next = apply(given, event, now, LIMITS);
    const changed = Object.fromEntries(Object.keys(expected).map((key) => [key, next[key as keyof Fleet]]));
    assert.deepEqual(changed, expected);
  });
}
