import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { until } from "../support/wait.ts";

test("a worker makes the requests of an Express app that listens with the app's own prototype", async (t) => {
  const { port } = await start(t, app("express-messages.js"), { workers: 1 });
  // The first may come before that: it changes nothing but what a request costs.
  const isReadyMade = async () => (bodyOf(await request({ port })) as { readyMade: boolean }).readyMade;
  assert.equal(await until(isReadyMade, "a request with the app's own prototype"), true);
});
