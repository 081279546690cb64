import assert from "node:assert/strict";
import { chmodSync, statSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { Listeners, type Listener } from "../../../src/primary/sockets/listeners.ts";
import { ownAddress, type Address } from "../../../src/protocol/address.ts";
import { temporaryFolder } from "../../support/fixture.ts";

interface Setting {
  readonly listeners: Listeners;
  readonly path: string;
  /** On `web.sock`, `web-1.sock` …, by a worker that listens there. */
  readonly open: (own: number | "shared" | undefined, worker?: number) => Promise<Listener | number>;
}

function setting(t: TestContext, perSlot = true): Setting {
  const path = join(temporaryFolder(t), "web.sock");
  const listeners = new Listeners(() => undefined);
  t.after(() => listeners.closeAll());
  listeners.divide(perSlot);
  const asked: Address = { kind: "unix", path, mode: 0 };
  const open = async (own: number | "shared" | undefined, worker?: number): Promise<Listener | number> => {
    const address = typeof own === "number" ? ownAddress(asked, own) : { ...asked, ...(own && { own: null }) };
    const listener = await listeners.open(address);
    if (typeof listener !== "number" && worker !== undefined) listener.users.set(worker, "listening");
    return listener;
  };
  return { listeners, path, open };
}

function names(listeners: readonly Listener[]): readonly string[] {
  return listeners.map(({ key }) => key.slice(key.lastIndexOf("/") + 1));
}

suite("with an address for each slot", () => {
  test("a worker gets its own and those that all share", async (t) => {
    const { listeners, open } = setting(t);
    for (const own of [1, 2, "shared"] as const) await open(own);
    assert.deepEqual(names(listeners.grantAll(7, 2)), ["web-2.sock", "web.sock"]);
  });

  test("what is another slot's, or everybody's, is in use", async (t) => {
    const { listeners, path, open } = setting(t);
    await open(2);
    const inUse = -constants.errno.EADDRINUSE;
    const elsewhere: Address = { kind: "unix", path: path.replace("web", "web-2"), mode: 0 };
    assert.equal(await listeners.open({ ...elsewhere, own: null }), inUse);
    assert.equal(await listeners.open({ ...elsewhere, own: { slot: 3, of: "other" } }), inUse);
    await open("shared");
    assert.equal(await listeners.open({ kind: "unix", path, mode: 0, own: { slot: 1, of: "other" } }), inUse);
  });

  test("one without a worker is kept as long as its family has one", async (t) => {
    const { listeners, open } = setting(t);
    await open(1, 1);
    await open(2);
    assert.deepEqual(listeners.unused(), []);
    listeners.forget(1);
    assert.deepEqual(names(listeners.unused()), ["web-1.sock", "web-2.sock"]);
  });

  test("the last worker of a family takes all of it along", async (t) => {
    const { listeners, open } = setting(t);
    await open(1, 1);
    await open(2, 2);
    await open(3);
    assert.deepEqual(names(listeners.outgrown(1, [2])), []);
    assert.deepEqual(names(listeners.outgrown(2, [7])), ["web-1.sock", "web-2.sock", "web-3.sock"]);
  });

  test("a worker that covers is in another place than one that does not", async (t) => {
    const { listeners, open } = setting(t);
    await open(1, 1);
    await open(1, 8);
    const second = await open(2);
    assert.equal(listeners.placeOf(1), listeners.placeOf(8));
    if (typeof second !== "number") second.coveredBy = 8;
    assert.notEqual(listeners.placeOf(1), listeners.placeOf(8));
  });

  test("the stand-in speaks on each what its family speaks", async (t) => {
    const { listeners, open } = setting(t);
    const first = await open(1);
    await open(2);
    if (typeof first !== "number") first.protocol = "https";
    assert.deepEqual(
      listeners.spoken().map(({ protocol }) => protocol),
      ["https", "https"],
    );
  });

  test("a generation that shares has no slots, and going back restores them", async (t) => {
    const { listeners, open } = setting(t);
    await open(1, 1);
    listeners.divide(false);
    await open(1);
    assert.deepEqual(names(listeners.grantAll(7, 2)), ["web-1.sock"]);
    listeners.divide(true);
    assert.deepEqual(names(listeners.grantAll(7, 2)), []);
  });
});

suite("the mode of a unix socket", () => {
  test("is the one that is asked for", async (t) => {
    const { listeners, path, open } = setting(t, false);
    listeners.socketFile = { mode: "0606" };
    await open(undefined);
    assert.equal(statSync(path).mode & 0o777, 0o606);
  });

  test("is left to the umask where none is", async (t) => {
    const { path, open } = setting(t, false);
    await open(undefined);
    assert.doesNotThrow(() => chmodSync(path, 0o600));
  });
});
