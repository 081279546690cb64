import assert from "node:assert/strict";
import { BlockList, isIPv4 } from "node:net";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { isWithin, parseIp, parseNetwork } from "../../src/protocol/network.ts";

/** What is written, and whether it is a network. */
const WRITTEN: readonly (readonly [string, boolean])[] = [
  ["10.0.0.0/8", true],
  ["10.1.2.3/8", true],
  ["10.1.2.3", true],
  ["0.0.0.0/0", true],
  ["::/0", true],
  ["2001:db8::/32", true],
  ["::1", true],
  ["::ffff:10.0.0.0/104", true],
  ["::ffff:10.0.0.1", true],
  ["10.0.0.0/33", false],
  ["10.0.0.0/", false],
  ["10.0.0.0/-1", false],
  ["10.0.0.0/8.0", false],
  ["10.0.0.0/8/8", false],
  ["10.0.0/8", false],
  ["10.0.0.01", false],
  ["::1/129", false],
  ["::ffff:10.0.0.0/8", false],
  ["fe80::1%eth0", false],
  ["[::1]", false],
  ["localhost", false],
  ["10.0.0.0/255.0.0.0", false],
  [" 10.0.0.1", false],
  ["*", false],
  ["", false],
  ["/8", false],
];

/** Network, address, and whether that is in it. */
const INSIDE: readonly (readonly [string, string, boolean])[] = [
  ["10.0.0.0/8", "10.255.255.255", true],
  ["10.0.0.0/8", "11.0.0.0", false],
  ["10.0.0.0/8", "::ffff:10.1.1.1", true],
  ["10.0.0.0/8", "::ffff:a01:101", true],
  ["::ffff:10.0.0.0/104", "10.1.1.1", true],
  ["::ffff:10.0.0.0/104", "11.1.1.1", false],
  ["172.16.0.0/12", "172.31.255.255", true],
  ["172.16.0.0/12", "172.32.0.0", false],
  ["10.1.2.3", "10.1.2.3", true],
  ["10.1.2.3", "10.1.2.2", false],
  ["::/0", "10.0.0.1", false],
  ["::/0", "::ffff:10.0.0.1", false],
  ["0.0.0.0/0", "::1", false],
  ["fe80::/10", "febf::1", true],
  ["fe80::/10", "fec0::1", false],
  ["2001:db8::/33", "2001:db8:7fff::", true],
  ["2001:db8::/33", "2001:db8:8000::", false],
  ["::1", "0:0:0:0:0:0:0:1", true],
  ["64:ff9b::/96", "64:ff9b::1.2.3.4", true],
];

suite("networks", () => {
  for (const [text, is] of WRITTEN) {
    test(`${JSON.stringify(text)} is ${is ? "one" : "none"}`, () => assert.equal(parseNetwork(text) !== null, is));
  }

  for (const [text, address, expected] of INSIDE) {
    test(`${address} is ${expected ? "" : "not "}in ${text}`, () => assert.equal(isIn(address, text), expected));
  }

  test("hold the addresses that Node's own list of networks holds", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.nat({ max: 32 }), (start, other, prefix) => {
        const mixed = mix(start, other, prefix);
        assert.equal(isIn(mixed, `${start}/${prefix}`), inNodesList(mixed, start, prefix));
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV6(), fc.nat({ max: 128 }), (start, other, prefix) => {
        // For Node they are IPv6 as well.
        fc.pre(!isMapped(start) && !isMapped(other));
        assert.equal(isIn(other, `${start}/${prefix}`), inNodesList(other, start, prefix));
        assert.equal(isIn(start, `${start}/${prefix}`), true);
      }),
    );
  });
});

function isIn(address: string, network: string): boolean {
  const [ip, parsed] = [parseIp(address), parseNetwork(network)];
  assert.ok(ip && parsed, `${address} ${network}`);
  return isWithin(ip, parsed);
}

function inNodesList(address: string, start: string, prefix: number): boolean {
  const list = new BlockList();
  list.addSubnet(start, prefix, family(start));
  return list.check(address, family(address));
}

function family(text: string): "ipv4" | "ipv6" {
  return isIPv4(text) ? "ipv4" : "ipv6";
}

/** The first parts of one, the last of the other. */
function mix(start: string, end: string, prefix: number): string {
  const keep = Math.floor(prefix / 8);
  return [...start.split(".").slice(0, keep), ...end.split(".").slice(keep)].join(".");
}

function isMapped(address: string): boolean {
  return parseIp(address)?.length === 2;
}
