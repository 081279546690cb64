import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../../bench/peers/peers.ts";
import { standingsOf } from "../../bench/report/standing.ts";
import { verdictsOf } from "../../bench/report/verdicts.ts";
import type { Goal } from "../../bench/workloads/workload.ts";

type Measured = readonly [peer: PeerId, node: string | null, cpu: number];

function judge(goal: Goal, ...measured: readonly Measured[]) {
  const runs = measured.map(([peer, node, cpu]) => ({ peer, node, round: 1, run: { "CPU µs/request": cpu } }));
  return verdictsOf({ compare: "CPU µs/request", goals: [goal] }, standingsOf(runs)).map(
    ({ node, measured: ratio, isMet }) => [node, ratio, isMet],
  );
}

test("a goal is met by Drover's figure divided by the peer's, on the same Node", () => {
  const goal = { of: "cluster", atMost: 0.5 } as const;
  assert.deepEqual(judge(goal, ["drover", "24.1.0", 40], ["cluster", "24.1.0", 100], ["cluster", "26.0.0", 10]), [
    ["24", 0.4, true],
  ]);
  assert.deepEqual(judge(goal, ["drover", "24.1.0", 51], ["cluster", "24.1.0", 100]), [["24", 0.51, false]]);
});

test("a goal of some versions of Node is judged on those alone", () => {
  const goal = { of: "cluster", atMost: 1, nodes: [26] } as const;
  const measured: readonly Measured[] = ["24.1.0", "26.0.0"].flatMap((node): Measured[] => [
    ["drover", node, 10],
    ["cluster", node, 10],
  ]);
  assert.deepEqual(judge(goal, ...measured), [["26", 1, true]]);
});

test("a peer that runs no Node is met on the Node that suits Drover best", () => {
  const goal = { of: "bun", atMost: 1.05 } as const;
  const measured: readonly Measured[] = [
    ["drover", "22.18.0", 30],
    ["drover", "24.1.0", 10],
    ["bun", null, 10],
  ];
  assert.deepEqual(judge(goal, ...measured), [["best of 22, 24", 1, true]]);
});

test("without a peer the figure itself is judged, and a tie at nothing is as good", () => {
  assert.deepEqual(judge({ atMost: 0 }, ["drover", "24.1.0", 0]), [["24", 0, true]]);
  assert.deepEqual(judge({ of: "pm2", atMost: 1 }, ["drover", "24.1.0", 0], ["pm2", "24.1.0", 0]), [["24", 1, true]]);
});

test("what is to hold in each round is judged by the worst", () => {
  const rounds: readonly Measured[] = [0, 0, 1].map((lost): Measured => ["drover", "24.1.0", lost]);
  assert.deepEqual(judge({ atMost: 0 }, ...rounds), [["24", 0, true]]);
  assert.deepEqual(judge({ atMost: 0, always: true }, ...rounds), [["24", 1, false]]);
});

test("a goal whose peer was not measured is neither", () => {
  assert.deepEqual(judge({ of: "pm2", atMost: 1 }, ["drover", "24.1.0", 10]), [["24", null, false]]);
});
