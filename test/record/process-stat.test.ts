import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { hasEnded, parseStat, type ProcessStat } from "../../src/record/process-stat.ts";

const AFTER_NAME = "S 1 10 10 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 11 0 987654 1000 200 18446744073709551615";
const READ: ProcessStat = { state: "S", parent: 1, start: "987654" };

suite("what the kernel says of a process", () => {
  const rows: readonly (readonly [title: string, stat: string, read: ProcessStat | null])[] = [
    ["is its state, its parent and its start", `10 (node) ${AFTER_NAME}`, READ],
    ["is found after a command that is called like fields", `10 (a) S 2 (b) 3) ${AFTER_NAME}`, READ],
    ["is found after a command that ends like a name", `10 (a) ) ${AFTER_NAME}`, READ],
    ["is nothing where nothing is", "", null],
  ];
  for (const [title, stat, read] of rows) test(title, () => assert.deepEqual(parseStat(stat), read));

  for (const state of ["R", "S", "D", "T", "t", "Z", "X", "x"]) {
    const ended = "ZXx".includes(state);
    test(`${state}: ${ended ? "it has ended" : "it lives"}`, () => assert.equal(hasEnded({ state }), ended));
  }
});
