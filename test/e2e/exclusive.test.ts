import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";

for (const way of ["exclusive", "reusePort"]) {
  test(`an app that listens with ${way} shares the primary's socket like any other`, async (t) => {
    const drover = await start(t, app("sockets/own-way.js"), { workers: 2, env: { WAY: way } });
    const slots = new Set<number>();
    while (slots.size < 2) {
      const response = await fetch(`http://127.0.0.1:${drover.port}/`, { headers: { connection: "close" } });
      slots.add(((await response.json()) as { slot: number }).slot);
    }
    assert.ok(slots.has(1) && slots.has(2));
    assert.equal(drover.log.events("listening").length, 1);
  });
}
