import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Ledger } from "../../src/protocol/control.ts";
import { start } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { startHttp2Load, type StreamResult } from "../support/http2-client.ts";
import { LONG, record } from "../support/reliability.ts";
import { reloadsIn } from "../support/reload-log.ts";
import { until } from "../support/wait.ts";

const RELOADS = LONG ? 10 : 3;
const SESSIONS = 6;
const STREAMS = 50;

function countBy(results: readonly StreamResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

test(`${RELOADS} reloads under HTTP/2 sessions with ${STREAMS} streams each fail no stream`, async (t) => {
  const flags = ["--probation", "200ms", "--log-level", "debug"];
  const came = join(temporaryFolder(t), "came");
  const drover = await start(t, app("reload/streams.js"), { flags, env: { RECORD_FILE: came } });
  const load = startHttp2Load(t, { port: drover.port }, { sessions: SESSIONS, streams: STREAMS });
  await until(() => load.results.length > 500, "the streams to be under way");
  for (let generation = 2; generation <= RELOADS + 1; generation += 1) {
    drover.signal("SIGHUP");
    await drover.log.event("reloaded", (line) => line["generation"] === generation);
  }
  const results = await load.stop();
  const { completed = 0, refused = 0, ...failed } = countBy(results);
  record({
    fault: `${RELOADS} rolling reloads under ${SESSIONS} HTTP/2 sessions with ${STREAMS} streams each`,
    sent: results.length,
    lost: results.length - completed - refused,
    note: `none; ${refused} were refused with REFUSED_STREAM: they have not reached the app, and may be sent again`,
  });
  assert.deepEqual(failed, {});
  assert.ok(completed > 1000 * RELOADS, `${completed} completed`);

  const seenByApp = new Set(readFileSync(came, "utf8").split("\n"));
  assert.ok(seenByApp.size >= completed);
  const twice = results.filter(({ id, outcome }) => outcome === "refused" && seenByApp.has(id));
  assert.deepEqual(twice, [], "what was refused has not reached the app: it may be sent again");

  const reloads = reloadsIn(drover);
  assert.equal(reloads.length, RELOADS);
  for (const { line, leavers } of reloads) {
    const { finished, cut } = line as unknown as Ledger;
    const pids = new Set(leavers.map(({ pid }) => pid));
    // What ended behind the GOAWAY ended after the order. What ended with it may have been under way to the client before.
    const behind = results.filter(
      ({ pid, afterGoaway, outcome }) => pids.has(pid) && afterGoaway && outcome === "completed",
    );
    assert.equal(cut, 0);
    assert.ok(
      behind.length > 0 && finished >= behind.length,
      `${finished} finished, ${behind.length} seen behind GOAWAY`,
    );
  }
});
