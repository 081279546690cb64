import assert from "node:assert/strict";

export interface MetricFamily {
  readonly type: string;
  readonly help: string;
  /** By name and labels, as they were written: `up{job="a"}`. */
  readonly samples: Map<string, number>;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LINE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["_sum", "_count", ""],
};

/** Reads Prometheus' text format as its specification has it, and refuses all else. */
export function parseMetrics(text: string): Map<string, MetricFamily> {
  assert.ok(text.endsWith("\n"), "the last line has an end");
  const families = new Map<string, MetricFamily>();
  const seen = new Set<string>();
  let current = "";
  let help: readonly [name: string, text: string] = ["", ""];
  for (const line of text.slice(0, -1).split("\n")) {
    const [hash, word = "", name = "", ...rest] = line.split(" ");
    if (hash === "#" && word === "HELP") help = [name, rest.join(" ")];
    else if (hash === "#") {
      assert.deepEqual([word, help[0]], ["TYPE", name], `HELP comes right before TYPE: ${line}`);
      assert.match(name, NAME);
      assert.ok(!families.has(name), `${name} is there twice`);
      assert.match(rest.join(" "), /^(counter|gauge|histogram|summary|untyped)$/);
      families.set(name, { type: rest.join(" "), help: help[1], samples: new Map() });
      current = name;
    } else addSample(families.get(current), current, line, seen);
  }
  for (const [name, family] of families) if (family.type === "histogram") checkHistogram(name, family);
  return families;
}

function addSample(family: MetricFamily | undefined, of: string, line: string, seen: Set<string>): void {
  const [, name = "", labels = "", value = ""] = LINE.exec(line) ?? [];
  assert.ok(family && name, `not a sample: ${line}`);
  assert.ok(!labels.endsWith(","), line);
  assert.ok(
    (SUFFIXES[family.type] ?? [""]).some((suffix) => name === of + suffix),
    `${name} is not of ${of}`,
  );
  const pairs = labels.match(/[a-zA-Z_]\w*="(?:[^"\\]|\\.)*"/g) ?? [];
  assert.equal(new Set(pairs.map((pair) => pair.split("=", 1)[0])).size, pairs.length, `a label twice: ${line}`);
  const key = `${name}{${pairs.toSorted().join(",")}}`;
  assert.ok(!seen.has(key), `twice: ${line}`);
  seen.add(key);
  family.samples.set(key, Number(value.replace("Inf", "Infinity")));
}

/** Buckets rise up to the count, which is that of +Inf. */
function checkHistogram(name: string, { samples }: MetricFamily): void {
  const buckets = [...samples].filter(([key]) => key.startsWith(`${name}_bucket`));
  const byLabels = Map.groupBy(buckets, ([key]) => key.replace(/,?le="[^"]*"/, "").replace("{,", "{"));
  for (const [key, series] of byLabels) {
    const bounds = series.map(([one]) => Number((/le="([^"]*)"/.exec(one)?.[1] ?? "").replace("Inf", "Infinity")));
    const counts = series.map(([, count]) => count);
    assert.deepEqual(
      bounds,
      bounds.toSorted((a, b) => a - b),
      key,
    );
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
      key,
    );
    assert.equal(bounds.at(-1), Infinity, key);
    assert.equal(samples.get(key.replace("_bucket", "_count")), counts.at(-1), key);
    assert.ok(samples.has(key.replace("_bucket", "_sum")), key);
  }
}

/** Of all samples that may never fall. */
export function countersIn(families: ReadonlyMap<string, MetricFamily>): Map<string, number> {
  const counting = [...families.values()].filter(({ type }) => type !== "gauge" && type !== "untyped");
  return new Map(counting.flatMap(({ samples }) => [...samples]));
}

/** Over all samples of this name whose labels hold `label`. */
export function total(families: ReadonlyMap<string, MetricFamily>, name: string, label = ""): number {
  const all = [...families.values()].flatMap(({ samples }) => [...samples]);
  const meant = all.filter(([key]) => key.startsWith(`${name}{`) && key.includes(label));
  return meant.reduce((sum, [, value]) => sum + value, 0);
}
