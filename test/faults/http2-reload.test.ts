import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Ledger } from "../../src/protocol/control.ts";
import { start } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { LONG, record } from "../support/reliability.ts";
import { reloadsIn } from "../support/reload-log.ts";
import { cleartext, exported, transports, type Transport } from "../support/transports.ts";
import { until } from "../support/wait.ts";

const SESSIONS = 6;
const STREAMS = 50;
const LONGEST_MS = 200;

const path = (): string => `/?ms=${Math.round(Math.random() * LONGEST_MS)}`;

async function reloadUnderStreams(t: TestContext, transport: Transport, times: number): Promise<void> {
  const flags = ["--probation", "200ms", "--log-level", "debug"];
  const came = join(temporaryFolder(t), "came");
  const drover = await start(t, app("reload/streams.js"), transport.serve({ flags, env: { RECORD_FILE: came } }));
  const many = { clients: SESSIONS, allKeep: true, streams: STREAMS, pauseMs: 0 };
  const load = startLoad(t, transport.target(drover), { ...many, path, postEvery: 2 });
  await until(() => load.samples.length > 500, "the streams to be under way");
  for (let generation = 2; generation <= times + 1; generation += 1) {
    drover.signal("SIGHUP");
    await drover.log.event("reloaded", (line) => line["generation"] === generation);
  }
  const samples = await load.stop();
  const completed = samples.filter(({ answer }) => answer.outcome === "ok");
  record({
    fault: `${times} rolling reloads under ${SESSIONS} HTTP/2 sessions with ${STREAMS} streams each${transport.over}`,
    sent: samples.length,
    lost: load.failures.length,
    note: `none; ${load.unprocessed.length} were refused with REFUSED_STREAM: they have not reached the app, and may be sent again`,
  });
  assert.equal(describe(load.failures), "");
  assert.ok(completed.length > 500 * times, `${completed.length} completed`);

  const seenByApp = new Set(readFileSync(came, "utf8").split("\n"));
  assert.ok(seenByApp.size >= completed.length);
  const twice = load.unprocessed.filter(({ id }) => seenByApp.has(id));
  assert.deepEqual(twice, [], "what was refused has not reached the app: it may be sent again");

  const reloads = reloadsIn(drover);
  assert.equal(reloads.length, times);
  for (const { line, leavers } of reloads) {
    const { finished, cut } = line as unknown as Ledger;
    const pids = new Set(leavers.map(({ pid }) => String(pid)));
    // What ended behind the GOAWAY ended after the order. What ended with it may have been under way to the client before.
    const behind = completed.filter(
      ({ answer, toldToClose }) => toldToClose && pids.has(answer.response?.headers.get("x-pid") ?? ""),
    );
    assert.equal(cut, 0);
    assert.ok(
      behind.length > 0 && finished >= behind.length,
      `${finished} finished, ${behind.length} seen behind GOAWAY`,
    );
  }
}

const ways = [...cleartext, ...transports, ...exported].filter(({ name }) => name === "h2");

for (const transport of ways) {
  const times = LONG ? 10 : 2;
  test(`${times} reloads under HTTP/2 sessions with ${STREAMS} streams each fail no stream${transport.over}`, (t) =>
    reloadUnderStreams(t, transport, times));
}
