import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { family, histogram } from "../../../src/telemetry/metrics/families.ts";
import { render } from "../../../src/telemetry/metrics/render.ts";
import { parseMetrics } from "../../support/prometheus.ts";

suite("Prometheus' text format", () => {
  test("has help, type and samples, and no family that is empty", () => {
    const up = family("gauge", "up", "Whether.", [
      [{}, 1],
      [{ a: "b" }, null],
    ]);
    assert.equal(
      render([up, family("counter", "none_total", "None.", [])]),
      "# HELP up Whether.\n# TYPE up gauge\nup 1\n",
    );
  });

  test("escapes backslashes, line ends and quotes where they would end something", () => {
    const text = render([family("gauge", "up", 'a\\b\n"c"', [[{ path: 'C:\\n\n"x"' }, 1]])]);
    assert.equal(text, '# HELP up a\\\\b\\n"c"\n# TYPE up gauge\nup{path="C:\\\\n\\n\\"x\\""} 1\n');
    parseMetrics(text);
  });

  test("writes numbers as Prometheus reads them", () => {
    const numbers = [0.5, 1e21, 1e-7, -1, Infinity, -Infinity, NaN];
    const text = render([
      family(
        "gauge",
        "x",
        "",
        numbers.map((value, index) => [{ at: String(index) }, value]),
      ),
    ]);
    const written = text
      .split("\n")
      .slice(2, -1)
      .map((line) => line.split(" ")[1]);
    assert.deepEqual(written, ["0.5", "1e+21", "1e-7", "-1", "+Inf", "-Inf", "NaN"]);
    parseMetrics(text);
  });

  test("sums the buckets of a histogram up, the bound being the last label and the last bound infinite", () => {
    const text = render([histogram("t", "T.", [0.5, 1], [{ labels: { m: "GET" }, counts: [1, 0, 2], sum: 9.5 }])]);
    assert.deepEqual(text.split("\n").slice(2, -1), [
      't_bucket{m="GET",le="0.5"} 1',
      't_bucket{m="GET",le="1"} 1',
      't_bucket{m="GET",le="+Inf"} 3',
      't_sum{m="GET"} 9.5',
      't_count{m="GET"} 3',
    ]);
    parseMetrics(text);
  });

  test("puts the bound last where an app has it elsewhere", () => {
    const samples = [
      {
        name: "t_bucket",
        labels: [
          ["le", "+Inf"],
          ["a", "b"],
        ] as const,
        value: 1,
      },
    ];
    const text = render([{ name: "t", help: "", type: "histogram", aggregate: "sum", samples }]);
    assert.match(text, /^t_bucket\{a="b",le="\+Inf"\} 1$/m);
  });
});
