import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { array, assert as check, boolean, constantFrom, nat, property, record, type Arbitrary } from "fast-check";
import { WordBook, type Answered } from "../../../src/primary/metrics/word-book.ts";
import type { AppMetrics, Family, RequestSeries } from "../../../src/protocol/metrics.ts";

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

/** A counter that every worker has, and one with labels that no other worker has. */
function manyOf(id: number, value: number): AppMetrics {
  const many = Array.from({ length: 900 }, (_, index) => {
    return { name: "by_pid", labels: [["pid", `${id}.${index}`]] as const, value: 1 };
  });
  const byPid = { name: "by_pid", help: "", type: "counter", aggregate: "sum", samples: many } as const;
  return { families: [byPid, ...app(value).families], leftOut: 0 };
}

function kind(route: string, status = "200"): RequestSeries {
  return { ...GET, route, status, counts: [1], sum: 1 };
}

/** Method, status and route, and how many. */
function kindsOf(book: WordBook): readonly (readonly (string | number)[])[] {
  const counts = book.durations().samples.filter(({ name }) => name.endsWith("_count"));
  return counts.map(({ labels, value }) => [...labels.map(([, text]) => text), value]);
}

/** A word of a worker, which has counted something under these labels since the one before. */
interface Turn {
  readonly id: number;
  readonly labels: readonly string[];
  readonly leaves: boolean;
}

const LABELS = ["a", "b", "c", "d", "e"] as const;
const TURNS: Arbitrary<Turn[]> = array(
  record({ id: nat(4), labels: array(constantFrom(...LABELS), { maxLength: 3 }), leaves: boolean() }),
);

function familyOf(name: string, counts: ReadonlyMap<string, number>, labels: readonly string[]): Family {
  const samples = labels.map((label) => ({ name, labels: [["l", label]] as const, value: counts.get(label) ?? 0 }));
  return { name, help: "", type: "counter", aggregate: "sum", samples: samples.filter(({ value }) => value > 0) };
}

type Shown = Readonly<Record<string, number | string>>;

/** Workers that count and leave, each place taken by another one: what is shown after each word and each departure. */
function* lives(book: WordBook, turns: readonly Turn[]): Generator<Shown> {
  const counts = new Map<number, Map<string, number>>();
  for (const { id, labels, leaves } of turns) {
    const own = counts.get(id) ?? new Map<string, number>();
    for (const label of ["all", ...labels]) own.set(label, (own.get(label) ?? 0) + 1);
    counts.set(id, own);
    const series = [...own].map(([label, count]) => ({ ...GET, route: label, counts: [count], sum: count }));
    book.requests(worker(id), series);
    const families = [familyOf("all", own, ["all"]), familyOf("some", own, LABELS)];
    book.scraped(worker(id), answered(1), { families, leftOut: 0 });
    yield samplesOf([...book.app().families, book.durations()]);
    if (!leaves) continue;
    book.gone(id);
    counts.delete(id);
    yield samplesOf([...book.app().families, book.durations()]);
  }
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

  test("do not fill the memory when each worker has labels of its own, and leave the other counters as they are", () => {
    const book = new WordBook({ samples: 2_000, kinds: 10 });
    for (const id of [1, 2, 3, 4]) {
      assert.equal(book.cut, id <= 3 ? 0 : 1);
      book.scraped(worker(id), answered(1), manyOf(id, 10));
      book.gone(id);
      assert.equal(samplesOf(book.app().families)["x l a"], 10 * id);
    }
    assert.deepEqual(
      book.app().families.map(({ samples }) => samples.length),
      [1_999, 1],
    );
  });

  test("tell no more kinds of requests apart than there is room for, each one as it was shown first", () => {
    const book = new WordBook({ samples: 1, kinds: 2 });
    book.requests(worker(1), [kind("/a"), kind("/b")]);
    book.gone(1);
    book.requests(worker(2), [kind("/b"), kind("/c"), kind("/d"), kind("/e", "404")]);
    book.requests(worker(3), [kind("/c"), { ...kind("_other", "5xx"), method: "_OTHER" }]);
    const expected = [
      ["GET", "200", "/a", 1],
      ["GET", "200", "/b", 2],
      ["_OTHER", "2xx", "_other", 3],
      ["_OTHER", "4xx", "_other", 1],
      ["_OTHER", "5xx", "_other", 1],
    ];
    assert.deepEqual(kindsOf(book), expected);
    for (const id of [2, 3]) book.gone(id);
    assert.deepEqual(kindsOf(book), expected);
  });

  test("never fall, whatever is too much: what is given up is gone as a whole", () => {
    check(
      property(TURNS, (turns) => {
        const book = new WordBook({ samples: 3, kinds: 2 });
        let before: Shown = {};
        for (const now of lives(book, turns)) {
          for (const [key, value] of Object.entries(before)) {
            // Of requests nothing is.
            const isGivenUp = now[key] === undefined && key.startsWith("some ");
            assert.ok(isGivenUp || (now[key] ?? -1) >= value, `${key} has fallen from ${value} to ${now[key]}`);
          }
          before = now;
        }
      }),
    );
  });
});
