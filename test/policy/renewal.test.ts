import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { anchor, endOf, renewAt, retryAfter, type Renewable } from "../../src/policy/renewal.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const renewals: readonly (readonly [title: string, renewable: Renewable, days: number])[] = [
  ["at two thirds of 90 days", { notBefore: 0, notAfter: 90 * DAY, window: null, random: 0.5 }, 60],
  ["a little sooner by chance", { notBefore: 0, notAfter: 90 * DAY, window: null, random: 0 }, 57.75],
  ["or a little later", { notBefore: 0, notAfter: 90 * DAY, window: null, random: 1 }, 62.25],
  ["at two thirds of 6 days", { notBefore: 3 * DAY, notAfter: 9 * DAY, window: null, random: 0.5 }, 7],
  ["in the authority's window", windowed(70, 74, 0.5), 72],
  ["at its beginning", windowed(70, 74, 0), 70],
  ["in a window that has passed, which means now", windowed(1, 2, 0.5), 1.5],
  ["with a tenth of the lifetime left, though the window is later", windowed(85, 95, 0.5), 81],
];

function windowed(start: number, end: number, random: number): Renewable {
  return { notBefore: 0, notAfter: 90 * DAY, window: { start: start * DAY, end: end * DAY }, random };
}

describe("a certificate is renewed", () => {
  for (const [title, renewable, days] of renewals) {
    test(title, () => assert.equal(Math.round(renewAt(renewable)), Math.round(days * DAY)));
  }
});

interface Case {
  readonly failures: number;
  readonly asked?: number;
  readonly random?: number;
  readonly left: number;
  readonly isIssued?: boolean;
}

const retries: readonly (readonly [title: string, failed: Case, minutes: number])[] = [
  ["5 minutes after the first failure", { failures: 1, left: 30 * DAY }, 5],
  ["three times as long after the second", { failures: 2, left: 30 * DAY }, 15],
  ["and so on", { failures: 4, left: 30 * DAY }, 135],
  ["after 6 hours at most", { failures: 9, left: 30 * DAY }, 360],
  ["after any number of failures", { failures: 5_000, left: 30 * DAY }, 360],
  ["up to a tenth later by chance", { failures: 1, random: 1, left: 30 * DAY }, 5.5],
  ["ten times at least in the day that is left", { failures: 9, left: DAY }, 144],
  ["twice an hour when an hour is left", { failures: 9, left: HOUR }, 30],
  ["twice an hour while there is no certificate", { failures: 9, left: 0 }, 30],
  ["twice an hour when it has long expired", { failures: 9, left: -DAY }, 30],
  ["not before the authority's Retry-After", { failures: 1, asked: HOUR, left: 30 * DAY }, 60],
  ["not before it either when nothing is left", { failures: 1, asked: 2 * HOUR, left: 0 }, 120],
  ["not sooner than planned, though it may", { failures: 3, asked: MINUTE, left: 30 * DAY }, 45],
  ["after a day when a certificate was given in vain", { failures: 1, left: 0, isIssued: true }, 24 * 60],
  ["after a day, though it says a year", { failures: 1, asked: 365 * DAY, left: 30 * DAY }, 24 * 60],
];

describe("what failed is tried again", () => {
  for (const [title, { failures, asked = null, random = 0, left, isIssued = false }, minutes] of retries) {
    test(title, () => {
      const wait = retryAfter(failures, asked, random, { lifetimeLeft: left, isIssued });
      assert.equal(Math.round(wait), Math.round(minutes * MINUTE));
    });
  }
});

const clocks: readonly (readonly [title: string, now: number, hours: number])[] = [
  ["at the moment that was said, whenever it is asked", 2 * HOUR, 4],
  ["also when the clock was set forward", 9 * HOUR, 4],
  ["after its whole length once more when the clock was set back behind its beginning", 0, 3],
];

describe("a wait of three hours that began at one o'clock ends", () => {
  for (const [title, now, hours] of clocks) {
    test(title, () => assert.equal(endOf(anchor({ since: HOUR, ms: 3 * HOUR }, now)), hours * HOUR));
  }
});
