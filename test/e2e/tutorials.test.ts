import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { tutorial } from "../support/fixture.ts";
import { isAlive } from "../support/proc.ts";
import { type Ask, overHttp, overText, rollCall } from "../support/roll-call.ts";

interface Row {
  readonly title: string;
  readonly entry: string;
  /** Its answers name the worker as well. */
  readonly namesWorker?: boolean;
}

const WORKERS = 2;

const rows: readonly Row[] = [
  { title: "one worker per CPU, restarted on exit (CommonJS)", entry: "fork-per-cpu.cjs" },
  { title: "one worker per CPU, restarted on exit (ES module)", entry: "fork-per-cpu.mjs" },
  { title: "workers that are never restarted", entry: "no-restart.cjs" },
  { title: "Express with the worker's id in the handler", entry: "express-worker-id.cjs", namesWorker: true },
  { title: "Koa in two files", entry: "koa/server.js" },
];

suite("runs the worker half of a hand-written cluster", () => {
  for (const { title, entry, namesWorker = false } of rows) {
    test(title, async (t) => {
      const drover = await start(t, tutorial(entry), { workers: WORKERS });
      const heard = await rollCall(overText({ port: drover.port }), WORKERS);
      const workers = [...drover.workers()];
      assert.deepEqual(new Set(heard.map((who) => who.pid)), new Set(workers.map(([, pid]) => pid)));
      if (namesWorker) assert.deepEqual(new Map(heard.map((who) => [who.slot, who.pid])), new Map(workers));

      const skipped = await drover.log.event("cluster-block-skipped");
      assert.equal(skipped["workers"], WORKERS);
      assert.deepEqual(
        skipped["pids"],
        workers.map(([, pid]) => pid),
      );
      assert.equal(drover.log.events("cluster-block-skipped").length, 1);
      assert.doesNotMatch(drover.log.lines.map((line) => line.msg).join("\n"), /(Master|Primary) \d+ is running/);
    });
  }

  test("by named imports of node:cluster", async (t) => {
    const drover = await start(t, tutorial("named-import.mjs"), { workers: WORKERS });
    const ask: Ask = async () => {
      const said = await overHttp({ port: drover.port })();
      return { ...said, slot: Number(said["id"]) };
    };
    const heard = await rollCall(ask, WORKERS);
    assert.deepEqual(
      heard.map(({ slot, pid, isMaster, isPrimary, isWorker }) => ({ slot, pid, isMaster, isPrimary, isWorker })),
      [...drover.workers()].map(([slot, pid]) => ({ slot, pid, isMaster: false, isPrimary: false, isWorker: true })),
    );
  });

  test("that listens nowhere", async (t) => {
    const drover = await start(t, tutorial("run-application-here.cjs"), { workers: WORKERS });
    for (const [slot, pid] of drover.workers()) {
      await drover.log.find(
        "the application's line",
        (line) => line.msg === `application in worker ${slot}, process ${pid}`,
      );
      assert.ok(isAlive(pid), "it stays, though nothing but its channel keeps it");
    }
    assert.equal(drover.workers().size, WORKERS);
    assert.deepEqual(await drover.stop(), { code: 0, signal: null });
  });
});

test("restarts the workers of a program that never does", async (t) => {
  const drover = await start(t, tutorial("no-restart.cjs"), { workers: WORKERS });
  for (let deaths = 1; deaths <= 3; deaths += 1) {
    // Somebody must have been answered, else the death counts as a failed start.
    await overText({ port: drover.port })();
    await request({ port: drover.port }, { path: "/crash" });
    await drover.log.find(
      `the replacement after death ${deaths}`,
      () => drover.log.events("worker-ready").length === WORKERS + deaths,
    );
  }
  const heard = await rollCall(overText({ port: drover.port }), WORKERS);
  assert.equal(heard.length, WORKERS);
});
