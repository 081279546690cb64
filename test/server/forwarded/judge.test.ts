import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { vouchedFor, hopsOf } from "../../../src/server/forwarded/hops.ts";
import { judge, type Peer } from "../../../src/server/forwarded/judge.ts";
import { trustOf } from "../../../src/server/forwarded/trust.ts";

const TRUST = trustOf(["10.0.0.0/8", "::1"]);
const PROXY: Peer = { address: "10.0.0.1", isTrusted: true };
const STRANGER: Peer = { address: "203.0.113.66", isTrusted: false };

/** Names and values of header fields, as the app hears them; and the client. */
interface Heard {
  readonly client: string | undefined;
  readonly fields: readonly string[];
}

/** What the sentence says is so, of what a trusted proxy sends. */
type Row = readonly [title: string, sent: readonly string[], heard: readonly string[], client: string];

const FOR = "X-Forwarded-For";

const FROM_A_PROXY: readonly Row[] = [
  ["nothing said: the proxy is the client", ["Host", "a"], ["Host", "a"], "10.0.0.1"],
  ["one address", [FOR, "203.0.113.7"], [FOR, "203.0.113.7"], "203.0.113.7"],
  ["what stands before the client is forged", [FOR, "6.6.6.6, 203.0.113.7"], [FOR, "203.0.113.7"], "203.0.113.7"],
  [
    "trusted hops are passed, and stay",
    [FOR, "6.6.6.6, 203.0.113.7, 10.0.0.3, 10.0.0.2"],
    [FOR, "203.0.113.7, 10.0.0.3, 10.0.0.2"],
    "203.0.113.7",
  ],
  ["a trusted client", [FOR, "10.0.0.9, 10.0.0.2"], [FOR, "10.0.0.9, 10.0.0.2"], "10.0.0.9"],
  ["several fields are one list", [FOR, "6.6.6.6", FOR, "203.0.113.7"], [FOR, "203.0.113.7"], "203.0.113.7"],
  ["any case", ["x-FORWARDED-for", "6.6.6.6,203.0.113.7"], ["x-FORWARDED-for", "203.0.113.7"], "203.0.113.7"],
  ["mapped hops", [FOR, "203.0.113.7, ::ffff:10.0.0.2"], [FOR, "203.0.113.7, ::ffff:10.0.0.2"], "203.0.113.7"],
  ["IPv6", [FOR, "6.6.6.6, 2001:db8::7, ::1"], [FOR, "2001:db8::7, ::1"], "2001:db8::7"],
  ["`unknown` ends the walk", [FOR, "203.0.113.7, unknown"], [], "10.0.0.1"],
  ["garbage ends it at the last good one", [FOR, "203.0.113.7, x, 10.0.0.2"], [FOR, "10.0.0.2"], "10.0.0.2"],
  ["a port", [FOR, "6.6.6.6:1, 203.0.113.8:4711"], [FOR, "203.0.113.8"], "203.0.113.8"],
  ["a trusted hop's port", [FOR, "203.0.113.8, 10.0.0.2:4711"], [FOR, "203.0.113.8, 10.0.0.2"], "203.0.113.8"],
  ["brackets", [FOR, "[2001:db8::7]"], [FOR, "2001:db8::7"], "2001:db8::7"],
  ["brackets and a port", [FOR, "6.6.6.6,[2001:db8::7]:4711"], [FOR, "2001:db8::7"], "2001:db8::7"],
  ["a port that is none", [FOR, "203.0.113.8:http"], [], "10.0.0.1"],
  ["two ports", [FOR, "203.0.113.8:1:2"], [], "10.0.0.1"],
  ["brackets that do not end", [FOR, "[2001:db8::7"], [], "10.0.0.1"],
  ["a port alone", [FOR, ":4711"], [], "10.0.0.1"],
  ["quotes", [FOR, '"203.0.113.7"'], [], "10.0.0.1"],
  ["a zone", [FOR, "fe80::1%eth0"], [], "10.0.0.1"],
  ["an empty list", [FOR, ""], [], "10.0.0.1"],
  ["an empty last entry", [FOR, "203.0.113.7,"], [], "10.0.0.1"],
  ["leading zeros", [FOR, "203.0.113.007"], [], "10.0.0.1"],
  ["one protocol", ["X-Forwarded-Proto", "https"], ["X-Forwarded-Proto", "https"], "10.0.0.1"],
  ["the last protocol", ["X-Forwarded-Proto", "https, http"], ["X-Forwarded-Proto", "http"], "10.0.0.1"],
  [
    "of several fields, too",
    ["X-Forwarded-Host", "evil.test", "X-Forwarded-Host", "shop.test"],
    ["X-Forwarded-Host", "shop.test"],
    "10.0.0.1",
  ],
  ["the last port", ["X-Forwarded-Port", "1, 443"], ["X-Forwarded-Port", "443"], "10.0.0.1"],
  ["an empty protocol", ["X-Forwarded-Proto", "https,"], [], "10.0.0.1"],
  ["a prefix stays as sent", ["X-Forwarded-Prefix", "/a, /b"], ["X-Forwarded-Prefix", "/a, /b"], "10.0.0.1"],
  ["other words for a protocol go", ["X-Forwarded-Ssl", "on", "X-Forwarded-Scheme", "https"], [], "10.0.0.1"],
  [
    "and all else that proxies hand on unseen",
    ["X-Forwarded-User", "root", "X-Forwarded", "for=1.1.1.1"],
    [],
    "10.0.0.1",
  ],
  [
    "what another field says of the client does not put X-Forwarded-For in doubt",
    [FOR, "203.0.113.7", "X-Real-IP", "6.6.6.6", "Forwarded", "for=6.6.6.6"],
    [FOR, "203.0.113.7", "X-Real-IP", "203.0.113.7"],
    "203.0.113.7",
  ],
  [
    "X-Real-IP that agrees",
    [FOR, "2.2.2.2", "X-Real-IP", "2.2.2.2"],
    [FOR, "2.2.2.2", "X-Real-IP", "2.2.2.2"],
    "2.2.2.2",
  ],
  [
    "X-Real-IP that does not",
    [FOR, "2.2.2.2", "X-Real-IP", "6.6.6.6"],
    [FOR, "2.2.2.2", "X-Real-IP", "2.2.2.2"],
    "2.2.2.2",
  ],
  ["X-Real-IP alone", ["X-Real-IP", "203.0.113.7"], ["X-Real-IP", "203.0.113.7"], "203.0.113.7"],
  ["X-Real-IP with a port", ["X-Real-IP", "203.0.113.7:80"], ["X-Real-IP", "203.0.113.7"], "203.0.113.7"],
  ["X-Real-IP that is no address", ["X-Real-IP", "unknown"], ["X-Real-IP", "10.0.0.1"], "10.0.0.1"],
  ["Forwarded beside X-Forwarded-For", [FOR, "2.2.2.2", "Forwarded", "for=6.6.6.6"], [FOR, "2.2.2.2"], "2.2.2.2"],
  [
    "Forwarded alone",
    ["Forwarded", "for=6.6.6.6, for=203.0.113.7;proto=https, For=10.0.0.2"],
    ["Forwarded", "for=203.0.113.7;proto=https, For=10.0.0.2"],
    "203.0.113.7",
  ],
  [
    "Forwarded with quotes",
    ["Forwarded", 'for=6.6.6.6, host="a,b;for=1.1.1.1";for="[2001:db8::7]"'],
    ["Forwarded", 'host="a,b;for=1.1.1.1";for="[2001:db8::7]"'],
    "2001:db8::7",
  ],
  [
    "Forwarded with ports",
    ["Forwarded", 'for=6.6.6.6, for="[2001:db8:cafe::17]:4711", for="10.0.0.2:_hidden"'],
    ["Forwarded", 'for="[2001:db8:cafe::17]:4711", for="10.0.0.2:_hidden"'],
    "2001:db8:cafe::17",
  ],
  ["Forwarded that opens a quote before the proxy's", ["Forwarded", 'for="6.6.6.6, for=203.0.113.7'], [], "10.0.0.1"],
  ["Forwarded that escapes one", ["Forwarded", 'x="\\", for=203.0.113.7;host="a"'], [], "10.0.0.1"],
  [
    "Forwarded that turns the proxy's quotes inside out",
    ["Forwarded", 'x=", for="[2001:db8::7]";host="a, for=6.6.6.6;y=\\""'],
    [],
    "10.0.0.1",
  ],
  ["Forwarded with two clients in one", ["Forwarded", "for=203.0.113.7;host=a;for=6.6.6.6"], [], "10.0.0.1"],
  ["Forwarded that hides the client", ["Forwarded", "for=6.6.6.6, for=_hidden"], [], "10.0.0.1"],
  ["Forwarded without a client", ["Forwarded", "proto=https"], [], "10.0.0.1"],
];

const FORGED: readonly string[] = [
  FOR,
  "X-Forwarded-Proto",
  "X-Forwarded-Host",
  "X-Forwarded-Port",
  "X-Forwarded-Prefix",
  "X-Forwarded",
  "x-forwarded-whatever",
  "Forwarded",
  "FORWARDED",
  "X-Real-IP",
  "x-real-ip",
];

suite("what a request may tell of its way", () => {
  for (const [title, sent, fields, client] of FROM_A_PROXY) {
    test(`from a trusted proxy: ${title}`, () => {
      assert.deepEqual(hear(sent, PROXY), { client, fields });
      assert.deepEqual(hear(fields, PROXY), { client: clientOf(fields), fields }, "twice is as good as once");
    });
  }

  for (const name of FORGED) {
    test(`from anybody else: nothing in ${name}`, () => {
      const sent = ["Host", "a", name, "127.0.0.1", "X-Request-Id", "7", name, "10.0.0.2"];
      assert.deepEqual(hear(sent, STRANGER), { client: STRANGER.address, fields: ["Host", "a", "X-Request-Id", "7"] });
    });
  }

  test("fields that are as they should be are left alone", () => {
    const sent = [FOR, "203.0.113.7, 10.0.0.2", "X-Real-IP", "203.0.113.7", "X-Forwarded-Proto", "https", "Host", "a"];
    assert.equal(judge(sent, PROXY, TRUST).changes, null);
    assert.equal(judge(["Host", "a", "X-Request-Id", "7"], STRANGER, TRUST).changes, null);
  });

  test("whatever is sent, the client is the peer or somebody whom a chain of trusted hops vouches for", () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("10.0.0.2", "10.1.1.1", "::1", "::ffff:10.0.0.3"));
    const entry = fc.oneof(
      { weight: 6, arbitrary: address },
      fc.string(),
      fc.constantFrom("unknown", "", "1.2.3.4:5", "[2001:db8::7]:1", "10.0.0.2:3"),
    );
    const list = fc.array(fc.array(entry, { maxLength: 6 }), { maxLength: 3 });
    const shown = fc.constantFrom(
      FOR,
      "x-forwarded-for",
      "Forwarded",
      "X-Real-IP",
      "X-Forwarded-Proto",
      "X-Forwarded-Ssl",
      "X-Custom",
    );
    const raw = fc.array(fc.tuple(shown, fc.oneof(fc.string(), entry)), { maxLength: 4 });
    fc.assert(
      fc.property(list, raw, fc.boolean(), (fields, others, isTrusted) => {
        const peer = isTrusted ? PROXY : STRANGER;
        const sent = [...fields.flatMap((one) => [FOR, one.join(", ")]), ...others.flat()];
        const { client, fields: heard } = hear(sent, peer);
        const chain = hopsOf(valuesOf(heard, FOR).join()).map(({ text }) => text);
        if (!isTrusted) {
          assert.equal(client, peer.address);
          assert.deepEqual(heard, others.filter(([name]) => name === "X-Custom").flat());
        } else if (valuesOf(heard, FOR).length > 0) {
          assert.equal(valuesOf(heard, FOR).length, 1);
          assert.equal(client, chain[0]);
          for (const hop of chain.slice(1)) assert.ok(TRUST.hasPeer(hop), `${hop} in ${chain.join(", ")}`);
          assert.equal(hopsOf(valuesOf(sent, FOR).join(", ")).at(-1)?.address, chain.at(-1));
        } else if (valuesOf(sent, FOR).length > 0) {
          assert.equal(client, peer.address);
        }
        assert.deepEqual(valuesOf(heard, "X-Forwarded-Ssl"), []);
        for (const real of valuesOf(heard, "X-Real-IP")) assert.equal(real, client);
        assert.deepEqual(hear(heard, peer).fields, heard);
      }),
      { numRuns: 2_000 },
    );
  });

  test("what somebody untrusted writes before a trusted proxy's own entry changes nothing", () => {
    const entry = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("10.0.0.2", "::1"), fc.string());
    fc.assert(
      fc.property(fc.array(entry), fc.string(), (forged, garbage) => {
        const own = "203.0.113.7, 10.0.0.2";
        const way = vouchedFor(hopsOf([...forged, own].join(", ")), TRUST);
        assert.equal(way.map(({ text }) => text).join(", "), own);
        const element = "for=203.0.113.7;host=shop.test";
        const { client } = hear(["Forwarded", `${garbage}, ${element}`], PROXY);
        assert.ok(client === "203.0.113.7" || client === PROXY.address, client);
      }),
    );
  });
});

function hear(sent: readonly string[], peer: Peer): Heard {
  const { client, changes } = judge(sent, peer, TRUST);
  const done = new Set<string>();
  const fields = sent.flatMap((name, index) => {
    if (index % 2 === 1) return [];
    const key = name.toLowerCase();
    if (!changes?.has(key)) return [name, sent[index + 1] ?? ""];
    const value = changes.get(key) ?? null;
    if (value === null || done.has(key)) return [];
    done.add(key);
    return [name, value];
  });
  return { client, fields };
}

function clientOf(sent: readonly string[]): string | undefined {
  return judge(sent, PROXY, TRUST).client;
}

function valuesOf(fields: readonly string[], name: string): string[] {
  return fields.filter((_, index) => index % 2 === 1 && fields[index - 1]?.toLowerCase() === name.toLowerCase());
}
