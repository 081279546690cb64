import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test, type TestContext } from "node:test";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { LONG } from "../support/reliability.ts";
import { overHttp, rollCall } from "../support/roll-call.ts";
import { transports, type Transport } from "../support/transports.ts";

const WORKERS = LONG ? 64 : 32;

async function startMany(t: TestContext, transport: Transport): Promise<void> {
  const drover = await start(t, app("http.js"), transport.serve({ workers: WORKERS }));
  let booting = 0;
  let most = 0;
  for (const { event } of drover.log.lines) {
    if (event === "worker-started") booting += 1;
    if (event === "worker-ready") booting -= 1;
    most = Math.max(most, booting);
  }
  assert.ok(most <= 2 * availableParallelism(), `at most ${most} booted at once`);
  assert.equal(drover.workers().size, WORKERS);

  const heard = await rollCall(overHttp(transport.target(drover)), WORKERS / 4);
  const pids = new Set(drover.workers().values());
  assert.ok(heard.every((who) => pids.has(who.pid)));
  assert.deepEqual(await drover.stop(), { code: 0, signal: null });
}

for (const transport of LONG ? transports : transports.slice(0, 1)) {
  test(`${WORKERS} workers start a few at a time, serve, and stop${transport.over}`, (t) => startMany(t, transport));
}
