import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { RequestSeries } from "../../../src/protocol/metrics.ts";
import { RequestCounts } from "../../../src/worker/metrics/request-counts.ts";

function kinds(series: readonly RequestSeries[]): readonly (readonly [string, string, string | null, number])[] {
  return series.map(({ method, status, route, counts }) => {
    return [method, status, route, counts.reduce((sum, count) => sum + count, 0)];
  });
}

suite("requests are counted", () => {
  test("by method, status and route, with what they took", () => {
    const counts = new RequestCounts();
    counts.add("GET", 200, "/a", 1);
    counts.add("GET", 200, "/a", 2);
    counts.add("GET", 404, null, 3);
    const [first, second] = counts.takeChanged();
    assert.deepEqual(kinds(first && second ? [first, second] : []), [
      ["GET", "200", "/a", 2],
      ["GET", "404", null, 1],
    ]);
    assert.equal(first?.sum, 0.003);
  });

  test("from the worker's start on, and told when they have changed", () => {
    const counts = new RequestCounts();
    counts.add("GET", 200, "/a", 1);
    counts.add("GET", 200, "/b", 1);
    counts.takeChanged();
    assert.deepEqual(counts.takeChanged(), []);
    counts.add("GET", 200, "/a", 1);
    assert.deepEqual(kinds(counts.takeChanged()), [["GET", "200", "/a", 2]]);
  });

  test("under one name when a client has invented their method", () => {
    const counts = new RequestCounts();
    for (const method of ["PROPFIND", "get", "TEAPOT"]) counts.add(method, 200, null, 1);
    assert.deepEqual(kinds(counts.takeChanged()), [["_OTHER", "200", null, 3]]);
  });

  test("by class of status alone beyond 500 kinds", () => {
    const counts = new RequestCounts();
    for (let index = 0; index < 510; index += 1) counts.add("GET", 200, `/${index}`, 1);
    for (let index = 0; index < 3; index += 1) counts.add("POST", 500 + index, `/more/${index}`, 1);
    counts.add("GET", 200, "/0", 1);
    const all = kinds(counts.takeChanged());
    assert.equal(all.length, 502);
    assert.deepEqual(all.slice(500), [
      ["_OTHER", "2xx", "_other", 10],
      ["_OTHER", "5xx", "_other", 3],
    ]);
    assert.deepEqual(all[0], ["GET", "200", "/0", 2]);
  });
});
