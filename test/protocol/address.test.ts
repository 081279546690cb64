import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { addressKey, ownAddress, spotOf, type Address } from "../../src/protocol/address.ts";

const tcp = (port: number): Address => ({ kind: "tcp", host: null, port, family: 4, flags: 0, index: 0 });

suite("a slot's own address", () => {
  const paths: readonly (readonly [asked: string, third: string])[] = [
    ["/run/web.sock", "/run/web-3.sock"],
    ["/run/web", "/run/web-3"],
    ["/run/shop.example/web", "/run/shop.example/web-3"],
    ["/run/web.v2.sock", "/run/web.v2-3.sock"],
    ["/run/.web", "/run/.web-3"],
  ];
  for (const [path, third] of paths) {
    test(`of ${path} is ${third}`, () => assert.equal(spotOf({ kind: "unix", path }, 3).path, third));
  }

  test("is counted from the port that is asked for", () => {
    assert.deepEqual(
      [1, 2, 3].map((slot) => addressKey(ownAddress(tcp(3000), slot))),
      ["*:3000", "*:3001", "*:3002"],
    );
  });

  test("is a free port of its own where 0 is asked for", () => {
    const keys = [tcp(0), ownAddress(tcp(0), 1), ownAddress(tcp(0), 2)].map(addressKey);
    assert.equal(new Set(keys).size, 3);
  });

  test("is of the same family as all others", () => {
    assert.equal(ownAddress(tcp(3000), 1).own?.of, ownAddress(tcp(3000), 7).own?.of);
  });
});
