import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { heapSize, isHeapSet, showHeap } from "../../src/config/heap-size.ts";

const MB = 2 ** 20;
/** What Node 24 gives one process: measured in cgroups of these sizes. */
const STANDARD: Readonly<Record<number, number>> = {
  256: 259,
  512: 259,
  1024: 560,
  2048: 1120,
  4096: 2240,
  16_000: 4288,
};

type Row = readonly [limit: number, workers: number, heap: number | null];

const rows: readonly Row[] = [
  [2048, 1, null],
  [1024, 1, null],
  [512, 1, null],
  [256, 1, 105],
  [512, 2, 129],
  [1024, 2, 283],
  [2048, 2, 590],
  [4096, 2, 1204],
  [4096, 4, 602],
  [16_000, 2, null],
  [16_000, 4, 2388],
  [512, 16, 64],
];

suite("in a cgroup the heap of each worker", () => {
  for (const [limit, workers, heap] of rows)
    test(`with ${limit} MB for ${workers} is ${heap === null ? "Node's affair" : `${heap} MB`}`, () => {
      const memory = { limit: limit * MB, standard: (STANDARD[limit] ?? 0) * MB };
      assert.equal(heapSize(memory, workers), heap);
    });

  test("is told in one line", () => {
    const memory = { limit: 4096 * MB, standard: 2240 * MB };
    assert.equal(
      showHeap(memory, 4),
      "heap of each worker up to 602 MB (limit of the cgroup 4096 MB; Node would let each have 2240 MB)",
    );
    assert.equal(
      showHeap(memory, 1),
      "heap of each worker up to 2240 MB, as Node has it (limit of the cgroup 4096 MB)",
    );
  });
});

const sets: readonly (readonly [nodeOptions: readonly string[], variable: string | undefined, isSet: boolean])[] = [
  [[], undefined, false],
  [["--import", "tsx"], "--max-http-header-size=1000", false],
  [["--max-old-space-size=512"], undefined, true],
  [["--max_old_space_size=512"], undefined, true],
  [["--max-old-space-size", "512"], undefined, true],
  [[], "--enable-source-maps --max-old-space-size=512", true],
  [[], "--max-old-space-size-percentage=40", true],
  [["--max-heap-size=512"], undefined, true],
];

suite("the user has said how large the heap may be", () => {
  for (const [nodeOptions, variable, isSet] of sets)
    test(`${isSet} with ${[...nodeOptions, variable].join(" ")}`, () =>
      assert.equal(isHeapSet(nodeOptions, variable), isSet));
});
