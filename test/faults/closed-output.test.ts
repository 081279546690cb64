import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { record } from "../support/reliability.ts";
import { until } from "../support/wait.ts";

test("a reader of stdout that goes away takes no request with it, though each is logged", async (t) => {
  const drover = await start(t, app("http.js"), { workers: 2, flags: ["--access-log"] });
  const load = startLoad(t, { port: drover.port });
  await until(() => load.samples.length > 100, "the load to be under way");
  drover.deafen();
  const before = load.samples.length;
  await until(() => load.samples.length > before + 200, "200 more answers");
  const { code, stderr } = await drover.verb("reload");
  assert.equal(code, 0, stderr);
  const sent = await load.stop();
  record({
    fault: "whoever reads stdout goes away, with an access log",
    sent: sent.length,
    lost: load.failures.length,
    note: "none; a reload afterwards neither",
  });
  assert.equal(describe(load.failures), "");
  assert.deepEqual(await drover.stop(), { code: 0, signal: null });
});
