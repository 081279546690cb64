import assert from "node:assert/strict";
import { test } from "node:test";
import { startRedis } from "../support/redis.ts";
import { LONG, record } from "../support/reliability.ts";
import { writeUnderKills } from "../support/store-writers.ts";

const PROCESSES = 8;
const SESSIONS = 10_000;
const KILLS = 5;
const LONG_MS = 60_000;

test("no acknowledged write to Redis is lost by kill -9 of those who write", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const outcome = await writeUnderKills(t, `${redis.url}?prefix=shop`, {
    processes: PROCESSES,
    sessions: SESSIONS,
    goOn: (kills, elapsedMs) => (LONG ? elapsedMs < LONG_MS : kills < KILLS),
  });
  record({
    fault: `kill -9 of ${PROCESSES} processes that write ${SESSIONS} sessions to Redis, ${outcome.kills} times at random moments`,
    sent: outcome.acknowledged,
    lost: outcome.lost.length,
    note: `no acknowledged write; ${outcome.refused} were refused`,
  });
  t.diagnostic(JSON.stringify({ ...outcome, lost: outcome.lost.length }));
  assert.deepEqual(outcome.lost, []);
});
