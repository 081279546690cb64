import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { isTooLarge, lived, newLife, reasonToGo, type Life, type RecycleLimits } from "../../src/policy/lifespan.ts";

const NONE: RecycleLimits = { memory: null, requests: null, lifetime: null, jitter: 10 };
const SMALL = 100;
const LARGE = 513;

interface Row {
  readonly title: string;
  readonly limits: Partial<RecycleLimits>;
  readonly random?: number;
  /** Memory of each look, one a second. */
  readonly memory: readonly number[];
  readonly requestsASecond?: number;
  /** At which look it is to go, and why; null: it may stay. */
  readonly end: readonly [look: number, reason: string] | null;
}

const repeat = (times: number, bytes: number): number[] => Array.from({ length: times }, () => bytes);

const rows: readonly Row[] = [
  { title: "a worker without limits lives on", limits: {}, memory: repeat(100, LARGE), end: null },
  { title: "one at its memory limit may stay", limits: { memory: 512 }, memory: repeat(100, 512), end: null },
  {
    title: "memory above the limit counts when it was seen five times in a row",
    limits: { memory: 512 },
    memory: [SMALL, ...repeat(9, LARGE)],
    end: [6, "memory"],
  },
  {
    title: "or more often, by chance",
    limits: { memory: 512 },
    random: 0.999,
    memory: [SMALL, ...repeat(20, LARGE)],
    end: [10, "memory"],
  },
  {
    title: "a peak does not count",
    limits: { memory: 512 },
    memory: [SMALL, ...repeat(4, LARGE), SMALL, ...repeat(4, LARGE), SMALL],
    end: null,
  },
  {
    title: "one that was above its limit from the start lasts a minute",
    limits: { memory: 512 },
    memory: repeat(99, LARGE),
    end: [60, "memory"],
  },
  {
    title: "requests count",
    limits: { requests: 1000 },
    memory: repeat(99, 1),
    requestsASecond: 100,
    end: [10, "requests"],
  },
  {
    title: "up to a tenth fewer by chance",
    limits: { requests: 1000 },
    random: 1,
    memory: repeat(99, 1),
    requestsASecond: 100,
    end: [9, "requests"],
  },
  { title: "age counts", limits: { lifetime: 60_000 }, memory: repeat(99, 1), end: [60, "lifetime"] },
  {
    title: "and up to half less by chance",
    limits: { lifetime: 60_000, jitter: 50 },
    random: 1,
    memory: repeat(99, 1),
    end: [30, "lifetime"],
  },
  {
    title: "what comes first is the reason",
    limits: { lifetime: 20_000, requests: 500, memory: 512 },
    memory: [SMALL, ...repeat(50, LARGE)],
    requestsASecond: 100,
    end: [5, "requests"],
  },
];

function endOf({ limits, random = 0, memory, requestsASecond = 0 }: Row): readonly [number, string] | null {
  let life = newLife({ ...NONE, ...limits }, random);
  for (const [index, rssBytes] of memory.entries()) {
    const sample = { rssBytes, requests: requestsASecond * (index + 1), age: 1000 * (index + 1) };
    life = lived(life, sample);
    const reason = reasonToGo(life, sample);
    if (reason !== null) return [index + 1, reason];
  }
  return null;
}

function look(life: Life, rssBytes: number): Life {
  return lived(life, { rssBytes, requests: 0, age: 0 });
}

suite("a worker's life", () => {
  for (const row of rows) test(row.title, () => assert.deepEqual(endOf(row), row.end));

  test("is said to be too large once, at its first look", () => {
    const first = look(newLife({ ...NONE, memory: 512 }, 0), LARGE);
    assert.deepEqual([isTooLarge(first), isTooLarge(look(first, LARGE))], [true, false]);
    assert.equal(isTooLarge(look(look(newLife({ ...NONE, memory: 512 }, 0), SMALL), LARGE)), false);
  });

  test("is never longer than the limits say, and never shorter than the jitter allows", () => {
    const given = fc.record({
      requests: fc.integer({ min: 1, max: 1_000_000 }),
      lifetime: fc.integer({ min: 1, max: 10 ** 9 }),
      jitter: fc.integer({ min: 0, max: 50 }),
      random: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(given, ({ requests, lifetime, jitter, random }) => {
        const life = newLife({ memory: null, requests, lifetime, jitter }, random);
        for (const [own, limit] of [[life.requests, requests] as const, [life.lifetime, lifetime] as const]) {
          assert.ok(own !== null && own >= 1 && own <= limit);
          assert.ok(own >= Math.round(limit * (1 - jitter / 100)));
        }
      }),
    );
  });
});
