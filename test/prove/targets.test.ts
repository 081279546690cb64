import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListenerStatus } from "../../src/protocol/control.ts";
import type { Protocol } from "../../src/protocol/ipc.ts";
import { targetsOf } from "../../src/prove/targets.ts";

function at(address: string, protocol: Protocol | null = "http", slot: number | null = null): ListenerStatus {
  return { address, protocol, slot, coveredBy: null };
}

function shown(...listeners: readonly ListenerStatus[]): readonly string[] {
  return targetsOf({ name: "web", listeners }).map((target) => target.shown);
}

const asked: readonly (readonly [title: string, listeners: readonly ListenerStatus[], shown: readonly string[]])[] = [
  ["all addresses: the one of loopback", [at("*:3000")], ["http://127.0.0.1:3000"]],
  ["all of IPv4", [at("0.0.0.0:80")], ["http://127.0.0.1:80"]],
  ["all of IPv6", [at("[::]:80")], ["http://[::1]:80"]],
  ["loopback", [at("127.0.0.2:3000")], ["http://127.0.0.2:3000"]],
  ["loopback of IPv6", [at("[::1]:3000", "https")], ["https://[::1]:3000"]],
  ["a unix socket", [at("unix:/run/web.sock")], ["unix:/run/web.sock"]],
  ["the first that is here", [at("10.0.0.1:3000"), at("127.0.0.1:4000"), at("*:5000")], ["http://127.0.0.1:4000"]],
  ["what redirects is passed over", [at("*:80", "redirect"), at("*:443", "https+http2")], ["https://127.0.0.1:443"]],
  [
    "one for each slot: all of them",
    [at("127.0.0.1:3000", "http", 1), at("*:9000"), at("127.0.0.1:3001", "http", 2)],
    ["http://127.0.0.1:3000", "http://127.0.0.1:3001"],
  ],
];

for (const [title, listeners, expected] of asked) {
  test(`asked is, of an app that listens on ${title}`, () => assert.deepEqual(shown(...listeners), expected));
}

const refused: readonly (readonly [title: string, listeners: readonly ListenerStatus[]])[] = [
  ["nothing", []],
  ["another machine's network", [at("192.168.1.5:3000")]],
  ["what begins like loopback", [at("127.0.0.1.example.com:3000")]],
  ["HTTP/2 alone", [at("*:3000", "http2")]],
  ["bare TCP", [at("*:3000", "tcp")]],
  ["what is not yet known", [at("*:3000", null)]],
];

for (const [title, listeners] of refused) {
  test(`refused is an app that listens on ${title}`, () => {
    assert.throws(() => shown(...listeners), { code: "PROVE_IMPOSSIBLE" });
  });
}

test("over TLS it is asked by the name of its certificate, without a wildcard", () => {
  const certificate = { names: ["*.example.com", "example.com"] } as never;
  const [target] = targetsOf({ name: "web", listeners: [at("*:443", "https")], certificates: [certificate] });
  assert.equal(target?.name, "example.com");
  const [plain] = targetsOf({ name: "web", listeners: [at("*:80")], certificates: [certificate] });
  assert.equal(plain?.name, "localhost");
});
