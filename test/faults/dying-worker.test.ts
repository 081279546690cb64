import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, Connection, request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { tutorial } from "../support/fixture.ts";
import { LONG, record } from "../support/reliability.ts";

const REQUESTS = LONG ? 200 : 100;
const EVERY_MS = 100;
const LONGEST_MS = LONG ? 2000 : 10_000;

test(`a worker that exits one second after each answer fails none of ${REQUESTS} requests`, async (t) => {
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
  assert.ok(drover.log.events("worker-died").length >= REQUESTS / 20, "they did die");
  assert.deepEqual(drover.log.events("worker-restart-delayed"), []);
});

test("clients that keep their connections lose none of them, nor a request, to workers that exit between two", async (t) => {
  const drover = await start(t, tutorial("dying-worker.cjs"), { workers: 2 });
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const connection = new Connection({ port: drover.port });
      t.after(() => connection.close());
      const answers: Answer[] = [];
      while (drover.log.events("worker-died").length < 10) {
        answers.push(await connection.request({ boundMs: LONGEST_MS }));
        if (answers.at(-1)?.outcome !== "ok") break;
        await delay(5);
      }
      return answers;
    }),
  );
  const failed = outcomes.flat().filter(({ outcome }) => outcome !== "ok");
  assert.deepEqual(
    failed.map(({ outcome, ms }) => `${outcome} after ${Math.round(ms)} ms`),
    [],
  );
  const pids = new Set(outcomes.flat().map(({ response }) => response?.body.toString()));
  assert.ok(pids.size >= 5, "the connections were answered by one worker after the other");
});
