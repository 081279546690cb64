import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { drawProgress } from "../../src/cli/draw-progress.ts";
import type { Progress, WorkerBrief } from "../../src/protocol/control.ts";

const LETTERS = { s: "starting", r: "ready", d: "draining" } as const;

/** `"rd 1"`: a ready and a draining worker of generation 1. */
function workers(...groups: readonly string[]): readonly WorkerBrief[] {
  return groups.flatMap((group) => {
    const [states = "", generation] = group.split(" ");
    return Array.from(states, (letter, index) => ({
      slot: index + 1,
      pid: 4000 + index,
      generation: Number(generation),
      state: LETTERS[letter as keyof typeof LETTERS],
    }));
  });
}

type Row = readonly [title: string, progress: Progress, width: number, expected: readonly string[]];

const rows: readonly Row[] = [
  [
    "one generation is one line above the step",
    { text: "worker 2 started", workers: workers("rs 1") },
    80,
    ["generation 1  ● ◐", "1.2 s  worker 2 started"],
  ],
  [
    "each generation has a line, the oldest first",
    { text: "slot 1", workers: workers("s 4", "drr 3") },
    80,
    ["generation 3  ○ ● ●", "generation 4  ◐", "1.2 s  slot 1"],
  ],
  [
    "labels of different length end in one column",
    { text: "slot 1", workers: workers("d 9", "r 10") },
    80,
    ["generation 9   ○", "generation 10  ●", "1.2 s  slot 1"],
  ],
  [
    "many workers wrap below their first line",
    { text: "", workers: workers("rrrrrdd 1") },
    20,
    ["generation 1  ● ● ●", "              ● ● ○", "              ○", "1.2 s  "],
  ],
  [
    "a terminal narrower than a label still gets every worker",
    { text: "", workers: workers("rs 1") },
    9,
    ["generation 1  ●", "              ◐", "1.2 s  "],
  ],
  ["without workers there is only the step", { text: "stopped", workers: [] }, 80, ["1.2 s  stopped"]],
  ["a long step is cut off", { text: "abcdefghijkl", workers: [] }, 12, ["1.2 s  abcd…"]],
  [
    "of a step of several lines the first is shown, without what would move the cursor",
    { text: "it \u001B[2Jfailed:\tno\nat app.js:1", workers: [] },
    80,
    ["1.2 s  it failed: no"],
  ],
];

suite("the picture of a step", () => {
  for (const [title, progress, width, expected] of rows) {
    test(title, () => {
      assert.deepEqual(
        drawProgress(progress, "1.2 s", width, (symbol) => symbol),
        expected,
      );
    });
  }

  test("paints each worker by its state and whether its generation is the newest", () => {
    const [old, young] = drawProgress(
      { text: "", workers: workers("d 1", "sr 2") },
      "",
      80,
      (_, { state }, newest) => `${state}${newest ? "!" : ""}`,
    );
    assert.deepEqual([old, young], ["generation 1  draining", "generation 2  starting! ready!"]);
  });

  test("of 1024 workers at 80 columns has room for each", () => {
    const all = drawProgress({ text: "", workers: workers(`${"r".repeat(1024)} 1`) }, "", 80, (symbol) => symbol);
    assert.equal(all.join("").match(/●/g)?.length, 1024);
    assert.ok(all.every((line) => line.length <= 80));
  });
});
