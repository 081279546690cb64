import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { temporaryFolder } from "../support/fixture.ts";
import { LONG, record } from "../support/reliability.ts";
import { writeUnderKills } from "../support/store-writers.ts";

const PROCESSES = 8;
const SESSIONS = 10_000;
const KILLS = 12;
const LONG_MS = 60_000;
const PLAN = {
  processes: PROCESSES,
  sessions: SESSIONS,
  goOn: (kills: number, elapsedMs: number): boolean => (LONG ? elapsedMs < LONG_MS : kills < KILLS),
};

test("no acknowledged write to the embedded store is lost by kill -9 of those who write", async (t) => {
  const path = join(temporaryFolder(t), "store.db");
  const outcome = await writeUnderKills(t, `sqlite:${path}`, PLAN);
  record({
    fault: `kill -9 of ${PROCESSES} processes that write ${SESSIONS} sessions to the embedded store, ${outcome.kills} times at random moments`,
    sent: outcome.acknowledged,
    lost: outcome.lost.length,
    note: `no acknowledged write; ${outcome.refused} were refused`,
  });
  t.diagnostic(JSON.stringify({ ...outcome, lost: outcome.lost.length }));
  assert.deepEqual(outcome.lost, []);
  const database = new DatabaseSync(path);
  assert.deepEqual({ ...database.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
  database.close();
});
