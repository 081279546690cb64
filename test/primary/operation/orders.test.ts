import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Orders, type Order } from "../../../src/primary/operation/orders.ts";

interface Begun {
  readonly order: Order;
  readonly end: PromiseWithResolvers<number>;
}

/** Orders that end when the test says so, with the number of their turn. */
function bench(): { readonly orders: Orders<number>; readonly begun: readonly Begun[] } {
  const begun: Begun[] = [];
  const orders = new Orders((order) => {
    const end = Promise.withResolvers<number>();
    begun.push({ order, end });
    return end.promise;
  });
  return { orders, begun };
}

describe("orders", () => {
  it("carries out the first at once", async () => {
    const { orders, begun } = bench();
    const outcome = orders.give("reload", "verb");
    assert.deepEqual(begun[0]?.order, { how: "reload", why: "verb" });
    begun[0].end.resolve(1);
    assert.equal(await outcome, 1);
  });

  it("makes one order of those that come meanwhile, carried out next; a restart among them makes it one", async () => {
    const { orders, begun } = bench();
    const first = orders.give("reload", "verb");
    const meanwhile = [orders.give("reload", "SIGHUP"), orders.give("restart", "verb"), orders.give("reload", "watch")];
    assert.equal(begun.length, 1);
    begun[0]?.end.resolve(1);
    await first;
    // The next begins in a microtask of its own.
    await new Promise(setImmediate);
    assert.deepEqual(begun[1]?.order, { how: "restart", why: "SIGHUP" });
    begun[1].end.resolve(2);
    assert.deepEqual(await Promise.all(meanwhile), [2, 2, 2]);
    assert.equal(begun.length, 2);
  });

  it("does not make a restart of the reload under way", async () => {
    const { orders, begun } = bench();
    void orders.give("reload", "verb");
    void orders.give("restart", "verb");
    assert.equal(begun[0]?.order.how, "reload");
  });

  it("goes on after one that failed", async () => {
    const { orders, begun } = bench();
    const first = orders.give("reload", "verb");
    const second = orders.give("reload", "verb");
    begun[0]?.end.reject(new Error("a syntax error"));
    await assert.rejects(first, /a syntax error/);
    await new Promise(setImmediate);
    begun[1]?.end.resolve(2);
    assert.equal(await second, 2);
    void orders.give("reload", "verb");
    await new Promise(setImmediate);
    assert.equal(begun.length, 3);
  });
});
