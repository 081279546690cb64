import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Snapshot } from "../../src/protocol/control.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { inPlace, site } from "../support/releases.ts";
import { LONG, record } from "../support/reliability.ts";
import { startWebSockets } from "../support/ws-client.ts";

const WORKERS = 2;
const SOCKETS = 6;
const MB = 1e6;
const LONG_MS = 60_000;
const RECYCLED_MS = 90_000;

interface Case {
  readonly title: string;
  readonly fault: string;
  readonly reason: "memory" | "requests" | "lifetime";
  readonly flags: readonly string[];
  readonly env?: Record<string, string>;
  readonly rate: number;
  /** How often, at least, each slot's worker is to be replaced. */
  readonly times: number;
}

const cases: readonly Case[] = [
  {
    title: "a leaking app under load is recycled by its memory, and no request fails",
    fault: "2 workers that leak past recycle.memory",
    reason: "memory",
    flags: ["--recycle-memory", "160MB"],
    // It crosses the limit within some seconds and ends there: the test shall not depend on how soon it is seen.
    env: { LEAK: String(MB), LEAK_MOST: String(220 * MB) },
    rate: 60,
    times: 1,
  },
  {
    title: "workers that have all had their requests go one by one, and there are never fewer",
    fault: "recycle.requests reached by both of 2 workers again and again",
    reason: "requests",
    flags: ["--recycle-requests", "50"],
    rate: LONG ? 600 : 200,
    times: 2,
  },
  {
    title: "workers that have come of age go one by one, and there are never fewer",
    fault: "recycle.lifetime of both of 2 workers over at once, again and again",
    reason: "lifetime",
    flags: ["--recycle-lifetime", "2s", "--recycle-jitter", "0"],
    rate: LONG ? 600 : 60,
    times: 1,
  },
];

/** The fewest workers that were there to accept, from the moment the app was up. */
function fewestReady({ log }: ReadyDrover): number {
  const ready = new Set<number | undefined>();
  let fewest = Infinity;
  let isUp = false;
  for (const { event, pid } of log.lines) {
    if (event === "worker-ready") ready.add(pid);
    if (event === "draining" || event === "worker-died") ready.delete(pid);
    if (event === "ready") isUp = true;
    if (isUp) fewest = Math.min(fewest, ready.size);
  }
  return fewest;
}

async function recycles(drover: ReadyDrover): Promise<number[]> {
  const { stdout } = await drover.verb("status", "--json");
  const { workers } = JSON.parse(stdout) as Snapshot;
  // In the moment of a recycling a slot has two that are ready.
  return [1, 2].map((slot) => workers.find((one) => one.slot === slot && one.state === "ready")?.recycles ?? -1);
}

async function recycled(drover: ReadyDrover, times: number): Promise<void> {
  const isEnough = (): boolean => {
    const slots = drover.log.events("recycled").map(({ slot }) => slot);
    return [1, 2].every((slot) => slots.filter((one) => one === slot).length >= times);
  };
  await drover.log.find(`${times} recycled workers of each slot`, isEnough, RECYCLED_MS);
}

async function judge(t: TestContext, { fault, reason, flags, env = {}, rate, times }: Case): Promise<void> {
  const drover = await start(t, app("recycle/leaky.js"), {
    workers: WORKERS,
    flags: ["--log-level", "debug", ...flags],
    env,
  });
  const sockets = startWebSockets(t, drover, { count: SOCKETS, paths: ["/"] });
  const load = startLoad(t, drover, { clients: 8, rate });
  await Promise.all([recycled(drover, times), LONG ? delay(LONG_MS) : undefined]);
  const samples = await load.stop();
  const farewells = await sockets.stop();
  const done = drover.log.events("recycled");
  const bySlot = await recycles(drover);
  const fewest = fewestReady(drover);

  record({
    fault: `${fault}, under load`,
    sent: samples.length + farewells.length,
    lost: load.failures.length + farewells.filter(({ how }) => how !== "told").length,
    note: `none; ${done.length} workers recycled, ${farewells.length} WebSockets told 1012`,
  });
  assert.equal(describe(load.failures), "", `of ${samples.length} requests`);
  assert.deepEqual(new Set(farewells.map(({ how, code }) => `${how} ${code}`)), new Set(["told 1012"]));
  assert.deepEqual(new Set(done.map((line) => line["reason"])), new Set([reason]));
  assert.deepEqual(new Set(done.map((line) => line["cut"])), new Set([0]));
  assert.ok(fewest >= WORKERS, `${fewest} ready`);
  await drover.stop();
  const told = [1, 2].map((slot) => drover.log.events("recycled").filter((line) => line.slot === slot).length);
  assert.ok(
    bySlot.every((count, index) => count <= (told[index] ?? 0) && count >= times),
    `${bySlot.join()} of ${told.join()}`,
  );
}

test("a replacement that cannot boot changes nothing, and the next one that can is taken", async (t) => {
  const releases = inPlace(t);
  releases.deploy("good", site("good"));
  const drover = await start(t, releases.entry, { flags: ["--recycle-lifetime", "1s", "--recycle-jitter", "0"] });
  const before = [...drover.workers().values()];
  releases.deploy("broken", 'throw new Error("no database");');
  const load = startLoad(t, drover, { clients: 4, rate: 60 });
  await drover.log.event("recycle-delayed", ({ delayMs }) => Number(delayMs) >= 200);
  const during = [...drover.workers().values()];
  releases.deploy("good", site("good"));
  await recycled(drover, 1);
  const samples = await load.stop();
  assert.deepEqual(during, before);
  assert.equal(describe(load.failures), "", `of ${samples.length} requests`);
});

for (const one of cases) test(one.title, (t) => judge(t, one));
