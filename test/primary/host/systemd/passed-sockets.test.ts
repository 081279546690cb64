import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Resolved } from "../../../../src/config/config.ts";
import { PassedSockets, withPassed } from "../../../../src/primary/host/systemd/passed-sockets.ts";
import { ownAddress, type Address } from "../../../../src/protocol/address.ts";

function tcp(host: string | null, port = 80): Address {
  return { kind: "tcp", host, port, family: 4, flags: 0, index: 0 };
}
const UNIX: Address = { kind: "unix", path: "/run/web.sock", mode: 0 };

function passed(...bound: readonly Address[]): PassedSockets {
  return new PassedSockets(
    bound.map((address, index) => ({
      name: String(index),
      key: null,
      address,
      handle: { fd: index, close: () => undefined },
    })),
  );
}

type Row = readonly [title: string, bound: readonly Address[], asked: Address, fd: number | undefined];

const rows: readonly Row[] = [
  ["all addresses for all addresses", [tcp("::")], tcp(null), 0],
  ["all IPv4 addresses for all addresses", [tcp("0.0.0.0")], tcp(null), 0],
  ["all addresses for all IPv4 addresses", [tcp("::")], tcp("0.0.0.0"), 0],
  ["of two for all addresses IPv6's, which Node means", [tcp("0.0.0.0"), tcp("::")], tcp(null), 1],
  ["of two for all addresses the one that was asked for", [tcp("::"), tcp("0.0.0.0")], tcp("0.0.0.0"), 1],
  ["the same address", [tcp("10.0.0.1"), tcp("127.0.0.1")], tcp("127.0.0.1"), 1],
  ["none of another port", [tcp("::", 81)], tcp(null), undefined],
  ["none of another address", [tcp("127.0.0.1")], tcp(null), undefined],
  ["none that is wider", [tcp("::")], tcp("127.0.0.1"), undefined],
  ["the same path", [tcp("::"), UNIX], UNIX, 1],
  ["a later slot's of its own address", [tcp("::", 3000), tcp("::", 3001)], ownAddress(tcp(null, 3000), 2), 1],
  ["none of another path", [UNIX], { ...UNIX, path: "/run/other.sock" }, undefined],
];

suite("a listen gets of the passed sockets", () => {
  for (const [title, bound, asked, fd] of rows) test(title, () => assert.equal(passed(...bound).take(asked)?.fd, fd));

  test("each once, and again when it was given back", () => {
    const sockets = passed(tcp("::"));
    const handle = sockets.take(tcp(null));
    assert.ok(handle);
    assert.deepEqual([sockets.take(tcp(null)), sockets.unused()], [null, []]);
    assert.equal(sockets.giveBack(handle), true);
    assert.equal(sockets.giveBack({ fd: 9, close: () => undefined }), false);
    assert.equal(sockets.unused().length, 1);
    assert.equal(sockets.take(tcp(null)), handle);
  });
});

suite("an app is to listen on", () => {
  const resolved = {
    config: { listen: [], host: null, port: 3000, tls: { redirect: [] } },
    origins: {},
  } as unknown as Resolved;
  const expectations: readonly (readonly [title: string, bound: readonly Address[], listen: readonly string[]])[] = [
    ["nothing where none is passed", [], []],
    ["all addresses", [tcp("::")], ["*:80"]],
    ["each of several", [tcp("0.0.0.0"), tcp("127.0.0.1", 81), UNIX], ["*:80", "127.0.0.1:81", "unix:/run/web.sock"]],
    ["both families where each has its socket", [tcp("0.0.0.0"), tcp("::")], ["0.0.0.0:80", "[::]:80"]],
  ];
  for (const [title, bound, listen] of expectations) {
    test(title, () => assert.deepEqual(withPassed(resolved, passed(...bound)).config.listen, listen));
  }

  test("the first for each worker, where each has its own", () => {
    const perSlot = { ...resolved, config: { ...resolved.config, perSlot: true, workers: 2 } };
    const bound = [tcp("::", 3000), tcp("::", 3001), tcp("::", 3002)];
    assert.deepEqual(withPassed(perSlot, passed(...bound)).config.listen, ["*:3000", "*:3002"]);
  });

  test("what the user has named, and a background worker nowhere", () => {
    const named = { ...resolved, origins: { port: "flag --port" } };
    const background = { ...resolved, config: { ...resolved.config, listen: false as const } };
    for (const one of [named, background]) assert.equal(withPassed(one, passed(tcp("::"))), one);
  });
});
