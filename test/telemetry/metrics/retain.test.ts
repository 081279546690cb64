import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Family, Sample } from "../../../src/protocol/metrics.ts";
import { retain } from "../../../src/telemetry/metrics/retain.ts";

function counter(name: string, ...labels: readonly string[]): Family {
  const samples = labels.map((label): Sample => ({ name, labels: [["l", label]], value: 1 }));
  return { name, help: "", type: "counter", aggregate: "sum", samples };
}

function histogram(name: string, ...labels: readonly string[]): Family {
  const samples = labels.flatMap((label): Sample[] => [
    {
      name: `${name}_bucket`,
      labels: [
        ["le", "1"],
        ["l", label],
      ],
      value: 1,
    },
    {
      name: `${name}_bucket`,
      labels: [
        ["l", label],
        ["le", "+Inf"],
      ],
      value: 1,
    },
    { name: `${name}_count`, labels: [["l", label]], value: 1 },
  ]);
  return { name, help: "", type: "histogram", aggregate: "sum", samples };
}

/** `x a b`: the metric and its labels, once for each sample. */
function shown(families: readonly Family[]): readonly string[] {
  return families.map(({ name, samples }) => {
    return [name, ...samples.map(({ labels }) => labels.find(([label]) => label === "l")?.[1])].join(" ");
  });
}

suite("of what workers that are gone have told is kept", () => {
  const rows: readonly [
    title: string,
    families: readonly Family[],
    told: readonly Family[],
    most: number,
    kept: readonly string[],
    cut: number,
  ][] = [
    ["all where there is room", [counter("x", "a", "b"), counter("y", "a")], [], 3, ["x a b", "y a"], 0],
    ["what was told last", [counter("x", "c", "b", "a")], [], 2, ["x c b"], 1],
    [
      "of each metric as much as of another",
      [counter("x", "c", "b", "a"), counter("y", "a", "b")],
      [],
      4,
      ["x c b", "y a b"],
      1,
    ],
    [
      "more where others need less",
      [counter("x", "d", "c", "b", "a"), counter("y", "a")],
      [],
      4,
      ["x d c b", "y a"],
      1,
    ],
    [
      "of too many metrics those told last",
      [counter("x", "a"), counter("y", "a"), counter("z", "a")],
      [],
      2,
      ["x a", "y a"],
      1,
    ],
    ["what others tell, too", [counter("x", "c", "b", "a")], [counter("x", "a")], 1, ["x c a"], 1],
    ["but not what others tell of another metric", [counter("x", "b", "a")], [counter("y", "a")], 1, ["x b"], 1],
    ["a histogram as a whole", [histogram("x", "b", "a")], [], 5, ["x b b b"], 1],
    ["and so where others tell it", [histogram("x", "b", "a")], [histogram("x", "a")], 3, ["x b b b a a a"], 0],
    ["no metric without a sample", [counter("x"), counter("y", "a")], [], 3, ["y a"], 0],
  ];
  for (const [title, families, told, most, kept, cut] of rows)
    test(title, () => {
      const retained = retain(families, told, most);
      assert.deepEqual([shown(retained.families), retained.cut], [kept, cut]);
    });
});
