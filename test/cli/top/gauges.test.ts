import assert from "node:assert/strict";
import { test } from "node:test";
import { gaugesOf, quantile, type Poll } from "../../../src/cli/top/gauges.ts";
import type { WorkerStatus } from "../../../src/protocol/control.ts";
import { DURATION_BOUNDS } from "../../../src/protocol/durations.ts";
import { snapshot, worker } from "../../support/control.ts";

/** So many requests by their bounds, in seconds; `Infinity`: above all. */
function counts(...found: readonly (readonly [bound: number, count: number])[]): readonly number[] {
  return [...DURATION_BOUNDS, Infinity].map((bound) => found.find(([one]) => one === bound)?.[1] ?? 0);
}

function at(seconds: number, ...workers: readonly WorkerStatus[]): Poll {
  return { at: seconds * 1000, snapshot: snapshot({ workers }) };
}

const counted = (slot: number, requests: number | null, durations: readonly number[] | null = null): WorkerStatus =>
  worker(slot, { requests, durations });
const [FIRST, SECOND] = [worker(1).pid, worker(2).pid];

test("a rate is what was answered between two polls, by the time between them", () => {
  const polls = [
    at(0, counted(1, 100), counted(2, 0)),
    at(2, counted(1, 120), counted(2, 30)),
    at(3, counted(1, 125), counted(2, 30)),
  ];
  const { rate, rates } = gaugesOf(polls, FIRST);
  assert.deepEqual([rate, rates], [5, [10, 5]]);
  assert.deepEqual(gaugesOf(polls, SECOND).rates, [15, 0]);
  assert.deepEqual(gaugesOf(polls, null).rates, [25, 5]);
});

test("a worker that came meanwhile counts from its start, one that has gone no more", () => {
  const polls = [at(0, counted(1, 100)), at(1, counted(2, 7))];
  assert.equal(gaugesOf(polls, SECOND).rate, 7);
  assert.equal(gaugesOf(polls, null).rate, 7);
});

test("what a worker was too busy to say is not known, and no drop", () => {
  const polls = [at(0, counted(1, 100)), at(1, counted(1, null)), at(2, counted(1, 120)), at(3, counted(1, 121))];
  assert.deepEqual(gaugesOf(polls, FIRST).rates, [0, 0, 1]);
  assert.equal(gaugesOf(polls.slice(0, 2), FIRST).rate, null);
  assert.equal(gaugesOf(polls.slice(0, 1), null).rate, null);
});

test("quantiles are of the requests since the first poll, of one worker and of all", () => {
  const [before, after] = [counts([0.001, 1000]), counts([0.001, 1000], [0.01, 100])];
  const polls = [
    at(0, counted(1, 0, before), counted(2, 0, before)),
    at(1, counted(1, 0, after), counted(2, 0, before)),
  ];
  assert.equal(gaugesOf(polls, FIRST).p50, 7.5);
  assert.equal(gaugesOf(polls, SECOND).p50, null);
  assert.equal(gaugesOf(polls, null).p99?.toFixed(2), "9.95");
  assert.equal(gaugesOf([at(0), ...polls], SECOND).p50, 0.75, "it was not there at first");
});

const rows: readonly (readonly [title: string, counts: readonly number[], share: number, ms: number | null])[] = [
  ["of nothing", counts(), 0.5, null],
  ["in the first bucket", counts([0.0005, 10]), 0.5, 0.25],
  ["in the middle of a bucket", counts([0.1, 4], [0.25, 4]), 0.75, 175],
  ["at a bound", counts([0.1, 4], [0.25, 4]), 0.5, 100],
  ["above all bounds", counts([0.1, 1], [Infinity, 9]), 0.5, Infinity],
];

for (const [title, found, share, ms] of rows) {
  test(`a quantile ${title}: ${ms}`, () => {
    const got = quantile(found, share);
    assert.equal(got === null || got === Infinity ? got : Math.round(got * 1000) / 1000, ms);
  });
}
