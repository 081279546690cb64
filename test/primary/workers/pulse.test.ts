import assert from "node:assert/strict";
import { test } from "node:test";
import { isWellFormed } from "../../../src/primary/well-formed.ts";
import { Pulse } from "../../../src/primary/workers/pulse.ts";
import type { Figures, ToPrimary } from "../../../src/protocol/ipc.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const FIGURES: Figures = {
  rssBytes: 1,
  heapUsedBytes: 1,
  elu: 0,
  eventLoopLagMs: 0,
  connections: 0,
  inFlight: 0,
  requests: 0,
  durations: [],
};
const REPORT = { method: "GET", path: "/report", ms: 120 };

function beat(requests: number, underWay = [REPORT]): Extract<ToPrimary, { type: "beat" }> {
  return { type: "beat", figures: { ...FIGURES, requests }, underWay, inspector: "closed" };
}

test("a worker's last minute is kept, and of the last beat what was under way", () => {
  const clock = new ManualClock();
  const pulse = new Pulse();
  assert.deepEqual([pulse.last, pulse.beats], [null, []]);
  for (let second = 1; second <= 100; second += 1) {
    clock.advance(1000);
    pulse.take(beat(second), clock.now());
  }
  assert.equal(pulse.beats.length, 60);
  assert.deepEqual(pulse.beats[0], { at: 41_000, figures: { ...FIGURES, requests: 41 } });
  assert.deepEqual(pulse.last, {
    at: 100_000,
    figures: { ...FIGURES, requests: 100 },
    underWay: [REPORT],
    inspector: "closed",
  });
});

for (const [title, message] of [
  ["nothing", { type: "beat" }],
  ["no figures", { type: "beat", figures: null, underWay: [] }],
  ["no list", { type: "beat", figures: FIGURES, underWay: {} }],
  ["a request that is none", { type: "beat", figures: FIGURES, underWay: [null] }],
  ["a request without a path", { type: "beat", figures: FIGURES, underWay: [{ method: "GET", ms: 1 }] }],
] as const) {
  test(`a beat that says ${title} is none`, () => assert.equal(isWellFormed(message as unknown as ToPrimary), false));
}

test("a beat is well formed", () => assert.ok(isWellFormed(beat(1))));
