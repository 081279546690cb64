import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { emptyQueue, judge, type Turn } from "../../../src/worker/leaving/empty-queue.ts";
import type { Door } from "../../../src/worker/sockets/captured-server.ts";
import type { Traffic } from "../../../src/worker/traffic/traffic.ts";

suite("a queue that is to be empty when its last socket closes", () => {
  const TURN: Turn = { accepted: 0, ms: 0.1, elapsed: 2, left: 2_998, shrunk: false };
  const ROWS: readonly [title: string, turn: Partial<Turn>, step: ReturnType<typeof judge>][] = [
    ["takes in whoever waits", { accepted: 1 }, "go on"],
    ["is shrunk when it seems empty", {}, "shrink"],
    ["is shrunk when it grows as fast as it is emptied", { accepted: 1, elapsed: 100 }, "shrink"],
    ["takes in who waited when it was shrunk", { accepted: 1, shrunk: true, elapsed: 500 }, "go on"],
    ["is closed when it was found empty just now", { shrunk: true }, "close"],
    ["is asked again when that was a while ago", { shrunk: true, ms: 4 }, "go on"],
    ["is closed when the time is over, whoever waits", { accepted: 1, shrunk: true, left: 0 }, "close"],
    ["is closed then before it was shrunk, too", { accepted: 1, left: -1 }, "close"],
  ];
  for (const [title, turn, step] of ROWS) {
    test(title, () => assert.equal(judge({ ...TURN, ...turn }), step));
  }
});

test("takes in everybody, one a turn, before it closes", async () => {
  const seen: string[] = [];
  const traffic = { accepted: 0 } as Traffic;
  const door: Door = { shrink: () => seen.push("shrunk"), close: () => seen.push(`closed after ${traffic.accepted}`) };
  let waiting = 20;
  const accept = (): void => {
    if (waiting === 0) return;
    waiting -= 1;
    traffic.accepted += 1;
    setImmediate(accept);
  };
  accept();
  await emptyQueue(traffic, [door], 60_000);
  assert.deepEqual(seen, ["shrunk", "closed after 20"]);
});
