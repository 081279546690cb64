import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { PassedSockets, type Passed } from "../../../src/primary/host/systemd/passed-sockets.ts";
import { checkName, inheritedSize, takeSuccession } from "../../../src/primary/succession/inheritance.ts";
import { addressKey, ownAddress, type Address } from "../../../src/protocol/address.ts";
import { SUCCESSION_ENV, SUCCESSION_VERSION } from "../../../src/protocol/succession.ts";

const ANY_PORT: Extract<Address, { kind: "tcp" }> = { kind: "tcp", host: null, port: 0, family: 4, flags: 0, index: 0 };

/** A socket as the primary before had it, which notes that it is closed. */
function inherited(asked: Address, closed: number[] = [], port = 40_000): Passed {
  const fd = closed.length + port;
  const handle = { fd, close: () => void closed.push(fd) };
  return { name: null, key: addressKey(asked), address: { ...ANY_PORT, host: "::", port }, handle };
}

suite("of the primary before a listen gets", () => {
  test("the socket that was bound for any port when it asks for any port", () => {
    const first = inherited(ANY_PORT, [], 40_001);
    const second = inherited({ ...ANY_PORT, index: 1 }, [], 40_002);
    const sockets = new PassedSockets([second, first]);
    assert.deepEqual([sockets.take(ANY_PORT), sockets.take(ANY_PORT)], [first.handle, null]);
  });

  test("the slot's own of any port", () => {
    const own = inherited(ownAddress(ANY_PORT, 2));
    const sockets = new PassedSockets([own]);
    assert.deepEqual(
      [sockets.take(ownAddress(ANY_PORT, 1)), sockets.take(ownAddress(ANY_PORT, 2))],
      [null, own.handle],
    );
  });

  test("one that is gone when it was given back, and none of them counts as systemd's", () => {
    const closed: number[] = [];
    const one = inherited(ANY_PORT, closed);
    const sockets = new PassedSockets([one]);
    assert.deepEqual([sockets.addresses(), sockets.unused(), sockets.nameOf(one.handle)], [[], [], null]);
    const handle = sockets.take(ANY_PORT);
    assert.ok(handle);
    assert.equal(sockets.giveBack(handle), true);
    assert.deepEqual([closed, sockets.take(ANY_PORT)], [[one.handle.fd], null]);
  });

  test("nothing that nobody has asked for until the app was up", () => {
    const closed: number[] = [];
    const [used, unused] = [inherited(ANY_PORT, closed, 40_001), inherited({ ...ANY_PORT, index: 1 }, closed, 40_002)];
    const sockets = new PassedSockets([used, unused]);
    sockets.take(ANY_PORT);
    sockets.dropUnused();
    assert.deepEqual(closed, [unused.handle.fd]);
  });
});

const sizes: readonly (readonly [
  title: string,
  workers: [size: number, configured: number] | null,
  now: number,
  size: number,
])[] = [
  ["as many as the configuration says, where nobody knows of others", null, 2, 2],
  ["as many as it was scaled to by hand", [5, 2], 2, 5],
  ["as many as the configuration says, where that has changed its mind", [5, 2], 3, 3],
];

suite("a successor begins with", () => {
  for (const [title, workers, now, size] of sizes) {
    const before = workers && { size: workers[0], configured: workers[1] };
    test(title, () => assert.equal(inheritedSize({ workers: before }, now), size));
  }
});

suite("a succession", () => {
  test("is read once: a worker is nobody's successor", () => {
    const env = { [SUCCESSION_ENV]: JSON.stringify({ version: SUCCESSION_VERSION, name: "web" }) };
    assert.equal(takeSuccession(env)?.name, "web");
    assert.deepEqual([env, takeSuccession(env)], [{}, null]);
  });

  for (const text of ["nonsense", "null", '{"version":2}']) {
    test(`that another Drover has written is refused: ${text}`, () => {
      assert.throws(() => takeSuccession({ [SUCCESSION_ENV]: text }), { code: "UPGRADE_FAILED" });
    });
  }

  test("is that of an app of the same name", () => {
    assert.doesNotThrow(() => checkName({ name: "web" }, "web"));
    assert.throws(() => checkName({ name: "web" }, "shop"), { code: "UPGRADE_FAILED" });
  });
});
