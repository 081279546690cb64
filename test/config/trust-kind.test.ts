import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { trustedProxies } from "../../src/config/trust-kind.ts";

const kind = trustedProxies();

const TAKEN: readonly (readonly [unknown, readonly string[] | null])[] = [
  [null, null],
  ["none", []],
  [["none"], []],
  [[], []],
  ["loopback", ["loopback"]],
  ["loopback, 10.0.0.0/8", ["loopback", "10.0.0.0/8"]],
  [
    ["private", "2001:db8::/32,192.0.2.1"],
    ["private", "2001:db8::/32", "192.0.2.1"],
  ],
];

const SYNTAX = "an address, a CIDR such as 10.0.0.0/8, loopback, private, or none";
const ALONE = "none alone, or whom to trust without it";

const REFUSED: readonly (readonly [unknown, expected: string, got: unknown])[] = [
  ["10.0.0.0/33", SYNTAX, "10.0.0.0/33"],
  [["loopback", "10.0.0.0/33"], SYNTAX, "10.0.0.0/33"],
  ["proxy.internal", SYNTAX, "proxy.internal"],
  ["", SYNTAX, ""],
  ["loopback,", SYNTAX, ""],
  [true, SYNTAX, true],
  [1, SYNTAX, 1],
  [[{}], SYNTAX, {}],
  ["none, loopback", ALONE, "none, loopback"],
  [["10.0.0.0/8", "none"], ALONE, "10.0.0.0/8, none"],
];

suite("whom to trust", () => {
  for (const [given, value] of TAKEN) {
    test(`${JSON.stringify(given)} is understood`, () => assert.deepEqual(kind.parse(given), { ok: true, value }));
  }

  for (const [given, expected, got] of REFUSED) {
    test(`${JSON.stringify(given)} is refused`, () => {
      assert.deepEqual(kind.parse(given), { ok: false, expected, got });
    });
  }

  test("nobody and nothing said are told apart", () => {
    assert.equal(kind.show([]), "nobody");
    assert.equal(kind.show(null), "headers as sent");
    assert.equal(kind.show(["loopback", "10.0.0.0/8"]), "loopback 10.0.0.0/8");
  });
});
