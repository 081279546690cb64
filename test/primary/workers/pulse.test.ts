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
  ["half of its figures", { type: "beat", figures: { rssBytes: 1 }, underWay: [] }],
  ["a lag in words", { type: "beat", figures: { ...FIGURES, eventLoopLagMs: "none" }, underWay: [] }],
  ["a memory without end", { type: "beat", figures: { ...FIGURES, rssBytes: Infinity }, underWay: [] }],
  ["requests that are no number", { type: "beat", figures: { ...FIGURES, requests: NaN }, underWay: [] }],
  ["no durations", { type: "beat", figures: { ...FIGURES, durations: null }, underWay: [] }],
  ["durations in words", { type: "beat", figures: { ...FIGURES, durations: ["1"] }, underWay: [] }],
  ["no list", { type: "beat", figures: FIGURES, underWay: {} }],
  ["a request that is none", { type: "beat", figures: FIGURES, underWay: [null] }],
  ["a request without a path", { type: "beat", figures: FIGURES, underWay: [{ method: "GET", ms: 1 }] }],
] as const) {
  test(`a beat that says ${title} is none`, () => assert.equal(isWellFormed(message as unknown as ToPrimary), false));
}

const PROCESS = { cpuSeconds: 1, heapTotalBytes: 1, externalBytes: 1, openFds: null, startTime: 1 };

for (const [title, message, expected] of [
  ["figures", { type: "figures", seq: 1, ...FIGURES }, true],
  ["figures with a lag in words", { type: "figures", seq: 1, ...FIGURES, eventLoopLagMs: "none" }, false],
  ["no figures", { type: "figures", seq: 1 }, false],
  ["all that a scrape asks", { type: "scraped", seq: 1, figures: FIGURES, process: PROCESS, app: null }, true],
  ["a scrape's half", { type: "scraped", seq: 1, figures: FIGURES, process: {}, app: null }, false],
  ["what it has cut", { type: "drained", cut: [{ what: "GET /", ms: 1 }], cutCount: 1 }, true],
  ["nothing it has cut", { type: "drained", cut: [null], cutCount: 1 }, false],
] as const) {
  const verdict = expected ? "is heard" : "is not";
  test(`an answer that says ${title} ${verdict}`, () =>
    assert.equal(isWellFormed(message as unknown as ToPrimary), expected));
}

test("a beat is well formed", () => assert.ok(isWellFormed(beat(1))));
