import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsBetween } from "../../../src/cli/top/events.ts";
import type { LastExit, LastReload, Snapshot } from "../../../src/protocol/control.ts";
import { snapshot, worker } from "../../support/control.ts";

const NOW = 5000;
const EXIT: LastExit = { pid: 9, at: 3000, reason: "killed by SIGKILL", error: null };
const RELOAD: LastReload = {
  generation: 2,
  outcome: "done",
  at: 4000,
  text: "reloaded to generation 2",
  error: null,
  ledger: null,
};
const AWAY = { store: "redis://cache", reason: "connection refused", slots: [1], ms: 10 };
const under = (phase: string): Partial<Snapshot> => ({ reload: { from: 1, to: 2, phase, ms: 5 }, state: "reloading" });

const rows: readonly (readonly [
  title: string,
  before: Partial<Snapshot>,
  after: Partial<Snapshot>,
  events: readonly (readonly [at: number, kind: string, text: string])[],
])[] = [
  ["nothing", {}, {}, []],
  [
    "a death",
    {},
    { workers: [worker(1, { lastExit: EXIT })] },
    [[3000, "trouble", "worker 1, pid 9, died: killed by SIGKILL"]],
  ],
  ["an old death", { workers: [worker(1, { lastExit: EXIT })] }, { workers: [worker(1, { lastExit: EXIT })] }, []],
  [
    "a death by an error",
    {},
    {
      workers: [
        worker(1, { lastExit: { ...EXIT, reason: "exit code 1", error: { name: "TypeError", message: "no\nmore" } } }),
      ],
    },
    [[3000, "trouble", "worker 1, pid 9, died: exit code 1: TypeError: no"]],
  ],
  [
    "a reload that begins",
    {},
    under("trial"),
    [[NOW, "change", "reload from generation 1 to 2: its first worker is on trial"]],
  ],
  ["a reload that goes on", under("trial"), under("trial"), []],
  ["its next phase", under("trial"), under("roll"), [[NOW, "change", "reload from generation 1 to 2: slot by slot"]]],
  ["its end", under("tail"), { lastReload: RELOAD }, [[4000, "well", "reloaded to generation 2"]]],
  ["its failure", {}, { lastReload: { ...RELOAD, outcome: "rolled-back", text: "no" } }, [[4000, "trouble", "no"]]],
  ["a scale", {}, { size: 3 }, [[NOW, "change", "3 workers are wanted, 2 were before"]]],
  [
    "a new worker",
    { workers: [worker(1, { state: "starting" })] },
    { workers: [worker(1)] },
    [[NOW, "well", "worker 1 ready, pid 4241, generation 1"]],
  ],
  ["one that drains", {}, { workers: [worker(1, { state: "draining" }), worker(2)] }, []],
  ["a withdrawal", {}, { state: "lameduck" }, [[NOW, "change", "the app is lameduck"]]],
  ["a store that is away", {}, { degraded: [AWAY] }, [[NOW, "trouble", "store redis://cache: connection refused"]]],
  ["a store that is back", { degraded: [AWAY] }, {}, [[NOW, "well", "store redis://cache does its work again"]]],
  ["a successor", {}, { pid: 77 }, [[NOW, "change", "another primary serves: pid 77, Drover 0.1.0"]]],
];

for (const [title, before, after, expected] of rows) {
  test(`between two snapshots: ${title}`, () => {
    const events = eventsBetween(snapshot(before), snapshot(after), NOW);
    assert.deepEqual(
      events.map(({ at, kind, text }) => [at, kind, text]),
      expected,
    );
  });
}

test("the first snapshot tells of the past alone, in its order", () => {
  const first = snapshot({ lastReload: RELOAD, degraded: [AWAY], workers: [worker(1, { lastExit: EXIT })] });
  assert.deepEqual(
    eventsBetween(null, first, NOW).map(({ at }) => at),
    [3000, 4000],
  );
});
