import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { WordBook, type Answered } from "../../../src/primary/metrics/word-book.ts";
import type { AppMetrics, Family } from "../../../src/protocol/metrics.ts";

const GET = { method: "GET", status: "200", route: "/" } as const;

function worker(id: number, slot = id, generation = 1): { id: number; slot: number; generation: number } {
  return { id, slot, generation };
}

function answered(cpuSeconds: number): Answered {
  const figures = {
    rssBytes: 1,
    heapUsedBytes: 1,
    elu: 0,
    eventLoopLagMs: 0,
    connections: 0,
    inFlight: 0,
    requests: 0,
  };
  const process = { cpuSeconds, heapTotalBytes: 1, externalBytes: 1, openFds: 1, startTime: 1 };
  return { at: 0, figures: { ...figures, durations: [] }, process };
}

function app(value: number, type: Family["type"] = "counter", label = "a"): AppMetrics {
  const samples = [{ name: "x", labels: [["l", label]] as const, value }];
  return { families: [{ name: "x", help: "", type, aggregate: "sum", samples }], leftOut: 0 };
}

function samplesOf(families: readonly Family[]): Record<string, number | string> {
  const samples = families.flatMap(({ samples }) => samples);
  return Object.fromEntries(samples.map(({ name, labels, value }) => [[name, ...labels.flat()].join(" "), value]));
}

/** Samples with labels that no other worker has. */
function manyOf(id: number): AppMetrics {
  const samples = Array.from({ length: 9_000 }, (_, index) => {
    return { name: "x", labels: [["pid", `${id}.${index}`]] as const, value: 1 };
  });
  return { families: [{ name: "x", help: "", type: "counter", aggregate: "sum", samples }], leftOut: 0 };
}

const COUNT =
  "http_server_request_duration_seconds_count http_request_method GET http_response_status_code 200 http_route /";

suite("the words of workers", () => {
  test("are added up, each worker's last one counting", () => {
    const book = new WordBook();
    book.requests(worker(1), [{ ...GET, counts: [1, 0], sum: 0.5 }]);
    book.requests(worker(1), [{ ...GET, counts: [3, 1], sum: 1.5 }]);
    book.requests(worker(2), [{ ...GET, counts: [1, 1], sum: 0.25 }]);
    const samples = samplesOf([book.durations()]);
    assert.equal(samples[COUNT], 6);
    assert.equal(samples[COUNT.replace("_count", "_sum")], 1.75);
  });

  test("stay when they leave, as far as they are counters", () => {
    const book = new WordBook();
    book.requests(worker(1), [{ ...GET, counts: [2], sum: 1 }]);
    book.scraped(worker(1), answered(3), app(5));
    book.scraped(worker(2), answered(1), app(7, "gauge"));
    book.gone(1);
    book.gone(2);
    book.gone(3);
    assert.equal(samplesOf([book.durations()])[COUNT], 2);
    assert.deepEqual(samplesOf(book.app().families), { "x l a": 5 });
    assert.equal(samplesOf(book.cpu(9))["process_cpu_seconds_total worker 1"], 3);
    assert.equal(samplesOf(book.cpu(9))["process_cpu_seconds_total worker primary"], 9);
    book.requests(worker(4, 1), [{ ...GET, counts: [1], sum: 1 }]);
    book.scraped(worker(4, 1), answered(0.5), app(1));
    assert.equal(samplesOf([book.durations()])[COUNT], 3);
    assert.deepEqual(samplesOf(book.app().families), { "x l a": 6 });
    assert.equal(samplesOf(book.cpu(9))["process_cpu_seconds_total worker 1"], 3.5);
  });

  test("of an app that did not answer in time are those before", () => {
    const book = new WordBook();
    book.scraped(worker(1), answered(1), app(5));
    book.scraped(worker(1), answered(2), null);
    assert.deepEqual(samplesOf(book.app().families), { "x l a": 5 });
  });

  test("mean what the newest generation means", () => {
    const book = new WordBook();
    book.scraped(worker(1, 1, 1), answered(1), app(5));
    book.scraped(worker(2, 1, 2), answered(1), app(7, "gauge"));
    assert.deepEqual(
      book.app().families.map(({ type }) => type),
      ["gauge"],
    );
  });

  test("do not fill the memory when each worker has labels of its own", () => {
    const book = new WordBook();
    for (const id of [1, 2, 3, 4]) {
      book.scraped(worker(id), answered(1), manyOf(id));
      book.gone(id);
    }
    assert.equal(book.app().families[0]?.samples.length, 18_000);
  });
});
