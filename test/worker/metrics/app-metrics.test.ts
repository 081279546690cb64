import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Counter, register, Summary } from "prom-client";
import { asFamilies, takeAppMetrics } from "../../../src/worker/metrics/app-metrics.ts";

function valuesOf(count: number): { labels: { id: number }; value: number }[] {
  return Array.from({ length: count }, (_, value) => ({ labels: { id: value }, value }));
}

suite("what the app's own library counts", () => {
  test("is found where the app has loaded it", async (t) => {
    t.after(() => register.clear());
    new Counter({ name: "found_total", help: "Found.", labelNames: ["code"] }).inc({ code: 7 }, 2);
    new Summary({ name: "spent", help: "Spent." }).observe(1);
    const app = await takeAppMetrics();
    assert.deepEqual(app?.families[0], {
      name: "found_total",
      help: "Found.",
      type: "counter",
      aggregate: "sum",
      samples: [{ name: "found_total", labels: [["code", "7"]], value: 2 }],
    });
    assert.deepEqual(
      app?.families[1]?.samples.slice(-2).map(({ name }) => name),
      ["spent_sum", "spent_count"],
    );
  });

  test("is not waited for longer than a scrape can", async (t) => {
    t.after(() => register.clear());
    const never = new Promise<void>(() => undefined);
    const slow = new Counter({ name: "slow_total", help: "Slow.", collect: () => never });
    assert.equal(await takeAppMetrics(), null);
    slow.reset();
  });

  test("is left out where it is too much, by whole metrics", () => {
    const many = valuesOf(6_000);
    const [a, b, c] = ["a", "b", "c"].map((name) => ({ name, values: many }));
    const { families, leftOut } = asFamilies(
      [a, b, { ...c, values: many.slice(0, 10) }].map((one) => ({ name: "", ...one })),
    );
    assert.deepEqual(
      families.map(({ name, samples }) => [name, samples.length]),
      [
        ["a", 6_000],
        ["c", 10],
      ],
    );
    assert.equal(leftOut, 1);
  });

  test("keeps what JSON has no number for", () => {
    const values = [NaN, Infinity, -Infinity].map((value) => ({ value }));
    const { families } = asFamilies([{ name: "x", type: "odd", aggregator: "odd", values }]);
    assert.deepEqual(
      families[0]?.samples.map(({ value }) => value),
      ["NaN", "Infinity", "-Infinity"],
    );
    assert.deepEqual([families[0]?.type, families[0]?.aggregate], ["untyped", "sum"]);
  });
});
