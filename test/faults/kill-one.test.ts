import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { describe, startLoad, type Sample } from "../support/load.ts";
import { LONG, record } from "../support/reliability.ts";
import { transports, type Transport } from "../support/transports.ts";
import { diedWith, killNine, type Kill } from "../support/victim.ts";
import { until } from "../support/wait.ts";

const WORKERS = 3;
/** Between two kills, and how long they may take where the machine is busy. */
const REQUESTS = 300;
const LOAD_MS = 60_000;

/** Those that had not got as far as a request, if there were any. */
function handshakes(failures: readonly Sample[]): string {
  const count = failures.filter(({ answer }) => answer.phase === "connect").length;
  return count > 0 ? `; ${count} of them TLS handshakes` : "";
}

async function killUnderLoad(t: TestContext, transport: Transport, times: number): Promise<void> {
  const drover = await start(t, app("http.js"), transport.serve({ workers: WORKERS }));
  const load = startLoad(t, transport.target(drover), { clients: 12, path: "/slow?ms=5" });
  const kills: Kill[] = [];
  for (let count = 0; count < times; count += 1) {
    const before = load.samples.length;
    await until(() => load.samples.length > before + REQUESTS, "the load to be under way", LOAD_MS);
    const victim = drover.workers().get((count % WORKERS) + 1) ?? 0;
    kills.push(await killNine(victim, drover.port));
    const isBack = (): boolean => drover.log.events("worker-ready").length === WORKERS + count + 1;
    await drover.log.find("the replacement", isBack);
  }
  const samples = await load.stop();

  const unexplained = load.failures.filter((sample) => !diedWith(sample, kills));
  record({
    fault: `kill -9 of a worker of 3 under load, ${times} times${transport.over}`,
    sent: samples.length,
    lost: load.failures.length,
    note: `only what was in flight on a worker that was killed; ${unexplained.length} others${handshakes(load.failures)}`,
  });
  assert.equal(describe(unexplained), "", `of ${samples.length} requests`);
  assert.equal(describe(load.unprocessed), "", "a worker that is killed says nothing");
  const posts = samples.filter((sample) => sample.method === "POST").length;
  assert.ok(posts > samples.length / 4, `${posts} of ${samples.length} were POSTs`);
}

for (const transport of transports) {
  const times = LONG || transport.name === "http" ? 4 : 2;
  test(`kill -9 of a worker under load fails only the requests in flight on it${transport.over}`, (t) =>
    killUnderLoad(t, transport, times));
}
