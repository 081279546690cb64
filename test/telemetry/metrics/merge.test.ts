import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { array, assert as check, double, nat, property } from "fast-check";
import type { Family, Sample } from "../../../src/protocol/metrics.ts";
import { countersOf, exactSum, merge } from "../../../src/telemetry/metrics/merge.ts";

function one(own: Partial<Family>, ...values: readonly (number | string)[]): Family {
  const name = own.name ?? "x";
  const samples = values.map((value) => ({ name, labels: [], value }));
  return { name, help: "", type: "counter", aggregate: "sum", samples, ...own };
}

function labelled(value: number, ...labels: readonly (readonly [string, string])[]): Sample {
  return { name: "x", labels, value };
}

function values(families: readonly Family[]): readonly (readonly (number | string)[])[] {
  return families.map(({ samples }) => samples.map(({ value }) => value));
}

suite("what several workers say becomes one", () => {
  const rows: readonly [
    title: string,
    words: readonly (readonly Family[])[],
    expected: readonly (readonly number[])[],
  ][] = [
    ["counters are summed up", [[one({}, 1)], [one({}, 2)], [one({}, 4)]], [[7]]],
    ["counters are summed up whatever their aggregator says", [[one({ aggregate: "max" }, 1)], [one({}, 2)]], [[3]]],
    ["gauges are summed up", [[one({ type: "gauge" }, -1)], [one({ type: "gauge" }, 3)]], [[2]]],
    ["or the largest counts", [[one({ type: "gauge", aggregate: "max" }, 1)], [one({ type: "gauge" }, 3)]], [[3]]],
    ["or the smallest", [[one({ type: "gauge", aggregate: "min" }, 2)], [one({ type: "gauge" }, 3)]], [[2]]],
    ["or the first", [[one({ type: "gauge", aggregate: "first" }, 2)], [one({ type: "gauge" }, 3)]], [[2]]],
    ["or their mean", [[one({ type: "gauge", aggregate: "average" }, 2)], [one({ type: "gauge" }, 4)]], [[3]]],
    ["or none of them", [[one({ type: "gauge", aggregate: "omit" }, 2)]], []],
    ["who says something else of its type is not heard", [[one({}, 1)], [one({ type: "gauge" }, 9)]], [[1]]],
    ["what JSON has no number for", [[one({ type: "gauge" }, "Infinity")], [one({ type: "gauge" }, 1)]], [[Infinity]]],
    ["of nobody there is nothing", [[], []], []],
  ];
  for (const [title, words, expected] of rows) test(title, () => assert.deepEqual(values(merge(words)), expected));

  test("by labels, in whatever order they are", () => {
    const a = ["a", "1"] as const;
    const b = ["b", "2"] as const;
    const [sum] = merge([
      [one({ samples: [labelled(1, a, b), labelled(5, a)] })],
      [one({ samples: [labelled(2, b, a), labelled(7, ["a", "2"])] })],
    ]);
    assert.deepEqual(sum?.samples, [labelled(3, a, b), labelled(5, a), labelled(7, ["a", "2"])]);
  });

  test("but for the quantiles of summaries, which cannot be known from theirs", () => {
    const samples = ["x", "x_sum", "x_count"].map((name) => ({ name, labels: [], value: 2 }));
    const summary = one({ type: "summary", samples });
    assert.deepEqual(values(merge([[summary], [summary]])), [[4, 4]]);
  });

  test("what must not fall is all but gauges and what has no type", () => {
    const all = (["counter", "gauge", "histogram", "summary", "untyped"] as const).map((type) => one({ type }));
    assert.deepEqual(
      countersOf(all).map(({ type }) => type),
      ["counter", "histogram", "summary"],
    );
  });

  test("to the last digit, in whatever order workers leave", () => {
    const seconds = array(double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2 });
    check(
      property(seconds, nat(), (numbers, cut) => {
        const at = cut % numbers.length;
        const gone = exactSum([exactSum(numbers.slice(at)), exactSum(numbers.slice(0, at))]);
        assert.equal(gone, exactSum(numbers));
      }),
    );
  });
});
