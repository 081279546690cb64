import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { renew, samePromise, timeLeft, type SessionCookie } from "../../src/session/session-cookie.ts";

const NOON = Date.UTC(2026, 0, 1, 12);
const at = (ms: number): string => new Date(NOON + ms).toISOString();

type Cookie = SessionCookie & { readonly domain?: string };
type Pair = readonly [title: string, before: Cookie, after: Cookie, same: boolean];

const hour: SessionCookie = { originalMaxAge: 3_600_000, expires: at(3_600_000) };

const pairs: readonly Pair[] = [
  ["a later end of the same age", hour, { ...hour, expires: at(9_000_000) }, true],
  ["an age that trembled while it was renewed", hour, { ...hour, originalMaxAge: 3_599_999 }, true],
  ["another age", hour, { ...hour, originalMaxAge: 3_599_000 }, false],
  ["an age instead of none", { originalMaxAge: null, expires: null }, hour, false],
  ["none as before", { originalMaxAge: null, expires: null }, { originalMaxAge: null, expires: null }, true],
  ["an end of its own, the same", { expires: at(1) }, { expires: at(1) }, true],
  ["an end of its own, another", { expires: at(1) }, { expires: at(2) }, false],
  ["the end it was read with", { ...hour, originalExpires: at(0) }, { ...hour, originalExpires: at(5) }, true],
  ["another domain", { ...hour, domain: "a.example" }, { ...hour, domain: "b.example" }, false],
];

suite("two cookies", () => {
  for (const [title, before, after, same] of pairs)
    test(`${same ? "promise the same" : "differ"}: ${title}`, () => assert.equal(samePromise(before, after), same));
});

type End = readonly [title: string, cookie: SessionCookie | undefined, left: number | null];

const ends: readonly End[] = [
  ["no cookie", undefined, null],
  ["no end", { expires: null }, null],
  ["as old apps write no end", { expires: false }, null],
  ["a date", { expires: new Date(NOON + 500) }, 500],
  ["a date as text", { expires: at(500) }, 500],
  ["a date that is over", { expires: at(-500) }, -500],
  ["what is no date", { expires: "soon" }, Number.NaN],
];

suite("the time left to a cookie", () => {
  for (const [title, cookie, left] of ends) test(`${title}: ${left}`, () => assert.equal(timeLeft(cookie, NOON), left));
});

test("a request renews an end that follows from an age, and no other", () => {
  const old: SessionCookie = { originalMaxAge: 1000, expires: at(-5) };
  renew(old, NOON);
  assert.deepEqual(old.expires, new Date(at(1000)));
  for (const expires of [null, at(-5)]) {
    const other: SessionCookie = { originalMaxAge: null, expires };
    renew(other, NOON);
    assert.equal(other.expires, expires);
  }
});
