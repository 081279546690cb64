import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../../bench/peers/peers.ts";
import { standingsOf } from "../../bench/report/standing.ts";

const ran = (peer: PeerId, node: string | null, cpu: number) => ({
  peer,
  node,
  round: 1,
  run: { "CPU µs/request": cpu },
});

test("a peer stands with the median of its rounds, and between the lowest and the highest", () => {
  const [standing] = standingsOf([ran("pm2", "24.1.0", 30), ran("pm2", "24.1.0", 10), ran("pm2", "24.1.0", 20)]);
  assert.deepEqual(standing?.figures["CPU µs/request"], { median: 20, lowest: 10, highest: 30, count: 3 });
});

test("a run that failed is no figure, but is told", () => {
  const failed = { peer: "pm2", node: "24.1.0", round: 2, failure: "no answer" } as const;
  const [standing] = standingsOf([ran("pm2", "24.1.0", 30), failed]);
  assert.equal(standing?.runs, 1);
  assert.deepEqual(standing.failures, ["no answer"]);
});

test("the peers stand by version of Node, and who runs none comes last", () => {
  const standings = standingsOf([
    ran("drover", "26.0.0", 1),
    ran("bun", null, 1),
    ran("drover", "22.18.0", 1),
    ran("pm2", "22.18.0", 1),
  ]);
  assert.deepEqual(
    standings.map(({ peer, node }) => [peer, node]),
    [
      ["drover", "22.18.0"],
      ["pm2", "22.18.0"],
      ["drover", "26.0.0"],
      ["bun", null],
    ],
  );
});
