import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Facts } from "../../src/tls/facts.ts";
import { judge, type Occasion } from "../../src/tls/judge.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 21);

const GOOD: Facts = {
  names: ["shop.example", "www.shop.example"],
  namesInSubject: false,
  issuer: "R11",
  notBefore: NOW - 30 * DAY,
  notAfter: NOW + 60 * DAY,
  keyType: "EC P-256",
  fingerprint: "AA",
  trust: { to: "public" },
  chain: ["leaf", "R11"],
  unrelated: [],
  uncovered: [],
  openKey: null,
};

const EXPIRED = { notAfter: NOW - DAY };
const EARLY = { notBefore: NOW + DAY };
const NOWHERE = { trust: { to: "nowhere", issuer: "R11", url: null }, chain: ["leaf"] } as const;
const MISSING = { trust: { to: "nowhere", issuer: "R11", url: "http://r11.example/" }, chain: ["leaf"] } as const;

/** What is found, and of that what is refused: `!rule`. */
function found(occasion: Occasion, facts: Partial<Facts>, before: Partial<Facts> | null): string {
  const { refused, warnings } = judge({
    occasion,
    facts: { ...GOOD, ...facts },
    before: before === null ? null : { ...GOOD, ...before },
    now: NOW,
  });
  return [...refused.map(({ rule }) => `!${rule}`), ...warnings.map(({ rule }) => rule)].join(" ");
}

type Row = readonly [what: string, facts: Partial<Facts>, before: Partial<Facts>, expected: Record<Occasion, string>];

const ROWS: readonly Row[] = [
  ["a good one", {}, {}, { start: "", reload: "", change: "" }],
  ["one that has expired", EXPIRED, {}, { start: "expired", reload: "!expired", change: "!expired" }],
  [
    "one that has expired in place of another such",
    EXPIRED,
    EXPIRED,
    { start: "expired", reload: "expired", change: "expired" },
  ],
  [
    "one that is not valid yet",
    EARLY,
    {},
    { start: "not-yet-valid", reload: "!not-yet-valid", change: "!not-yet-valid" },
  ],
  ["one without its intermediate", MISSING, {}, { start: "incomplete", reload: "incomplete", change: "!incomplete" }],
  [
    "one of a private authority in place of another such",
    NOWHERE,
    NOWHERE,
    { start: "incomplete", reload: "incomplete", change: "incomplete" },
  ],
  [
    "one of a private authority that has lost an intermediate",
    NOWHERE,
    { ...NOWHERE, chain: ["leaf", "R11"] },
    { start: "incomplete", reload: "incomplete", change: "!incomplete" },
  ],
  [
    "one of a private authority that now sends fewer since another signed it",
    { ...NOWHERE, issuer: "R12" },
    { ...NOWHERE, chain: ["leaf", "R11"] },
    { start: "incomplete", reload: "incomplete", change: "incomplete" },
  ],
  [
    "one for other names",
    { names: ["blog.example"] },
    {},
    { start: "", reload: "other-names", change: "!other-names" },
  ],
  ["one for fewer names", { names: ["shop.example"] }, {}, { start: "", reload: "fewer-names", change: "fewer-names" }],
  ["one for more names", { names: [...GOOD.names, "m.shop.example"] }, {}, { start: "", reload: "", change: "" }],
  [
    "one with strangers in its chain",
    { unrelated: ["Other root"] },
    {},
    { start: "unrelated", reload: "unrelated", change: "unrelated" },
  ],
  ["one with an open key", { openKey: "/k" }, {}, { start: "open-key", reload: "open-key", change: "open-key" }],
  [
    "one with its name in the subject only",
    { namesInSubject: true },
    {},
    { start: "no-names", reload: "no-names", change: "no-names" },
  ],
  [
    "one configured for a name that it has not",
    { uncovered: ["blog.example"] },
    {},
    { start: "uncovered", reload: "uncovered", change: "uncovered" },
  ],
];

suite("judging a certificate", () => {
  for (const [what, facts, before, expected] of ROWS)
    test(`${what}: ${JSON.stringify(expected)}`, () => {
      assert.equal(found("start", facts, null), expected.start);
      assert.equal(found("reload", facts, before), expected.reload);
      assert.equal(found("change", facts, before), expected.change);
    });

  test("refuses nothing where nothing is in use", () => {
    for (const occasion of ["start", "reload", "change"] as const)
      assert.equal(found(occasion, { ...EXPIRED, ...MISSING }, null), "expired incomplete");
  });

  test("says where the missing intermediate can be had", () => {
    const { warnings } = judge({ occasion: "start", facts: { ...GOOD, ...MISSING }, before: null, now: NOW });
    assert.match(warnings[0]?.message ?? "", /the intermediate R11 is missing/);
    assert.match(warnings[0]?.hint ?? "", /http:\/\/r11.example\//);
  });
});
