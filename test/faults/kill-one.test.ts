import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { record } from "../support/reliability.ts";
import { diedWith, killNine, type Kill } from "../support/victim.ts";

const KILLS = 4;
const EVERY_MS = 3000;

test("kill -9 of a worker every 3 s under load fails only the requests in flight on it", async (t) => {
  const drover = await start(t, app("http.js"), { workers: 3 });
  const load = startLoad(t, { port: drover.port }, { clients: 12, path: "/slow?ms=5" });
  const kills: Kill[] = [];
  for (let count = 0; count < KILLS; count += 1) {
    await delay(EVERY_MS);
    const slot = (count % 3) + 1;
    const victim = drover.workers().get(slot);
    assert.ok(victim, `slot ${slot} has been filled again`);
    kills.push(await killNine(victim, drover.port));
  }
  await drover.log.find("all replacements", () => drover.log.events("worker-ready").length === 3 + KILLS);
  const samples = await load.stop();

  const unexplained = load.failures.filter((sample) => !diedWith(sample, kills));
  record({
    fault: `kill -9 of a worker of 3 under load, ${KILLS} times`,
    sent: samples.length,
    lost: load.failures.length,
    note: `only what was in flight on a worker that was killed; ${unexplained.length} others`,
  });
  assert.equal(describe(unexplained), "", `of ${samples.length} requests`);
  const posts = samples.filter((sample) => sample.method === "POST").length;
  assert.ok(samples.length > 1000 && posts > samples.length / 4, `${samples.length} requests, ${posts} of them POSTs`);
});
