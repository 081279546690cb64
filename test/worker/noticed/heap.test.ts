import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Heap } from "../../../src/worker/noticed/heap.ts";
import { intervals } from "../../../src/worker/noticed/intervals.ts";
import { Loaded } from "../../../src/worker/noticed/loaded.ts";

function openHeap(t: TestContext): Heap {
  const heap = new Heap();
  t.after(() => heap.close());
  return heap;
}

test("finds what lives, and leaves nothing of itself behind", (t) => {
  class Thing {
    readonly kind = "thing";
  }
  const things = [new Thing(), new Thing()];
  const before = Reflect.ownKeys(globalThis);
  const found = openHeap(t).living(Thing.prototype);
  assert.deepEqual(new Set(found), new Set(things));
  assert.deepEqual(Reflect.ownKeys(globalThis), before);
});

test("knows which ES modules are loaded, and answers their exports", async (t) => {
  const { rateLimit } = await import("express-rate-limit");
  rateLimit();
  const modules = await new Loaded(openHeap(t).scripts()).exportsOf("express-rate-limit");
  assert.ok(modules.some((one) => (one as { rateLimit?: unknown }).rateLimit === rateLimit));
  assert.deepEqual(await new Loaded([]).exportsOf("express-rate-limit"), []);
});

test("sees what the app's own code does again and again, but no housekeeping", (t) => {
  let runs = 0;
  const timers = [
    setInterval((): number => (runs += 1), 60_000),
    setInterval(() => (runs += 2), 60_000).unref(),
    setInterval(() => (runs += 3), 1_000),
    setTimeout(() => (runs += 4), 60_000),
    setInterval(() => void { ping: () => runs }.ping(), 30_000),
    setInterval(runs.toString.bind(runs), 60_000),
  ];
  t.after(() => timers.forEach((timer) => clearTimeout(timer)));
  const sights = intervals(openHeap(t), [], import.meta.filename);
  assert.equal(sights.length, 1);
  assert.deepEqual({ ...sights[0], what: "" }, { name: "interval", what: "", count: 1, everyMs: 60_000 });
  assert.equal(/^heap\.test\.ts:\d+$/.test(sights[0]?.what ?? ""), true);
});
