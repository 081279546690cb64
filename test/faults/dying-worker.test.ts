import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { tutorial } from "../support/fixture.ts";
import { record } from "../support/reliability.ts";

const REQUESTS = 200;
const EVERY_MS = 100;
const LONGEST_MS = 2000;

test("a worker that exits one second after each answer fails none of 200 requests over 20 s", async (t) => {
  const drover = await start(t, tutorial("dying-worker.cjs"), { workers: 4 });
  const asked: Promise<Answer>[] = [];
  for (let count = 0; count < REQUESTS; count += 1) {
    asked.push(request({ port: drover.port }, { boundMs: LONGEST_MS }));
    await delay(EVERY_MS);
  }
  const answers = await Promise.all(asked);
  const failed = answers.filter((answer) => answer.outcome !== "ok" || answer.response?.status !== 200);
  record({
    fault: "each of 4 workers exits one second after each answer",
    sent: REQUESTS,
    lost: failed.length,
    note: `none on a new connection; ${drover.log.events("worker-died").length} workers died`,
  });
  assert.deepEqual(
    failed.map(({ outcome, phase, ms }) => `${outcome} (${phase}) after ${Math.round(ms)} ms`),
    [],
  );
  assert.ok(drover.log.events("worker-died").length >= 20, "they did die");
  assert.deepEqual(drover.log.events("worker-restart-delayed"), []);
});
