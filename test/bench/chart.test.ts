import assert from "node:assert/strict";
import { test } from "node:test";
import { renderChart, type Bar } from "../../bench/report/chart.ts";

const bar = (label: string, median: number, highest = median): Bar => ({
  label,
  value: { median, lowest: median, highest },
  text: String(median),
  isHighlighted: label === "Drover",
});

const chart = (...bars: readonly Bar[]): string =>
  renderChart({ title: "Hello", subtitle: "CPU", groups: [{ heading: "", bars }] });

const widths = (svg: string): number[] =>
  [...svg.matchAll(/<rect class="(?:bar|ours)"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));

test("a bar is as long as its figure, beside the others", () => {
  const [one = 0, two = 0] = widths(chart(bar("Drover", 10), bar("pm2", 20)));
  assert.ok(Math.abs(two - 2 * one) < 0.2, `${one}, ${two}`);
});

test("one bad round does not press the bars together", () => {
  const [calm = 0] = widths(chart(bar("Drover", 10, 15)));
  const [wild = 0] = widths(chart(bar("Drover", 10, 10_000)));
  assert.equal(wild, calm);
});

test("what was not measured is said in words", () => {
  const svg = chart({ label: "Watt", value: null, text: "failed", isHighlighted: false });
  assert.match(svg, />failed</);
  assert.deepEqual(widths(svg), []);
});

test("names are text, whatever is in them", () => {
  assert.match(chart(bar(`<a> & "b"`, 1)), />&lt;a&gt; &amp; &quot;b&quot;</);
});
