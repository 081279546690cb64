import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { bodyOf, Connection } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { overHttp, type Who } from "../support/roll-call.ts";

const WORKERS = 4;

function countBySlot(heard: readonly Who[]): number[] {
  const counts = Array.from({ length: WORKERS }, () => 0);
  for (const { slot } of heard) counts[slot - 1] = (counts[slot - 1] ?? 0) + 1;
  return counts;
}

suite("an idle site", () => {
  test("spreads 200 connections that come 30 ms apart: at least 35 for each of 4 workers", async (t) => {
    const drover = await start(t, app("http.js"), { workers: WORKERS });
    const ask = overHttp({ port: drover.port });
    const heard: Who[] = [];
    for (let count = 0; count < 200; count += 1) {
      // The pace is what is tested: each connection finds every worker waiting.
      const [who] = await Promise.all([ask(), delay(30)]);
      heard.push(who);
    }
    const counts = countBySlot(heard);
    assert.ok(Math.min(...counts) >= 35, `answers by slot: ${counts.join("/")}`);
  });

  test("spreads 400 connections that stay open: the busiest worker has at most 1.2 times the mean", async (t) => {
    const drover = await start(t, app("http.js"), { workers: WORKERS });
    const connections: Connection[] = [];
    t.after(() => connections.forEach((connection) => connection.close()));
    const heard: Who[] = [];
    for (let count = 0; count < 400; count += 1) {
      const connection = new Connection({ port: drover.port });
      connections.push(connection);
      const [answer] = await Promise.all([connection.request(), delay(10)]);
      heard.push(bodyOf(answer) as Who);
    }
    const counts = countBySlot(heard);
    const mean = heard.length / WORKERS;
    assert.ok(Math.max(...counts) / mean <= 1.2, `connections by slot: ${counts.join("/")}`);
    // Otherwise the end of the test would wait for 400 idle connections.
    connections.forEach((connection) => connection.close());
  });
});
