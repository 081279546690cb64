import assert from "node:assert/strict";
import { test } from "node:test";
import { checkpoint } from "../../src/store/sqlite/checkpoint.ts";

const MOST = 1000;

/** Milliseconds that a wait for the disk takes; pages left after each round; bytes of the log. */
interface Disk {
  readonly wait: number;
  readonly rests: readonly number[];
  readonly size?: number;
  readonly busy?: boolean;
}

type Row = readonly [title: string, disk: Disk, steps: string, emptied: boolean];

const ROWS: readonly Row[] = [
  ["a fast disk: the log is emptied and begun at once", { wait: 5, rests: [30] }, "bring empty begin", true],
  ["the bulk goes over before writers wait", { wait: 5, rests: [900, 400, 30] }, "bring bring bring empty begin", true],
  ["nothing is left: no writer waits", { wait: 200, rests: [0] }, "bring empty begin", true],
  [
    "a slow disk and writers who do not pause: the log grows",
    { wait: 90, rests: [900, 99] },
    "bring bring bring bring",
    false,
  ],
  ["a slow disk, and then they pause", { wait: 90, rests: [900, 0] }, "bring bring empty begin", true],
  [
    "a slow disk and a log that is too long: who has waited goes first",
    { wait: 90, rests: [99], size: MOST },
    "bring bring bring bring empty pause begin",
    true,
  ],
  ["somebody is in the way: next time", { wait: 5, rests: [30], busy: true }, "bring empty", false],
];

for (const [title, { wait, rests, size = 0, busy = false }, steps, emptied] of ROWS)
  test(title, async () => {
    const seen: string[] = [];
    let now = 0;
    let rest = 0;
    const answer = await checkpoint({
      log: {
        bring: () => {
          rest = rests[Math.min(seen.length, rests.length - 1)] ?? 0;
          seen.push("bring");
          now += wait;
          return rest;
        },
        empty: () => {
          seen.push("empty");
          now += rest > 0 ? 2 * wait : 0;
          return !busy;
        },
        begin: () => void seen.push("begin"),
        size: () => size,
      },
      mostLog: MOST,
      now: () => now,
      pause: async () => seen.push("pause"),
    });
    assert.equal(seen.join(" "), steps);
    assert.equal(answer, emptied);
  });
