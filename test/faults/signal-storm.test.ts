import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Snapshot } from "../../src/protocol/control.ts";
import { start, type Drover, type ReadyDrover } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { childrenOf, descriptorsOf } from "../support/proc.ts";
import { LONG, record } from "../support/reliability.ts";
import { transports } from "../support/transports.ts";
import { until } from "../support/wait.ts";

const FLAGS = ["--probation", "100ms", "--idle-timeout", "200ms"];
const WORKERS = 3;

async function statusOf(drover: Drover): Promise<Snapshot> {
  const { code, stdout, stderr } = await drover.verb("status", "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Snapshot;
}

/** Nothing is under way, and what lives is what `status` names: `size` workers of one generation, and no dead child. */
async function settled(drover: ReadyDrover, size: number): Promise<Snapshot> {
  const snapshot = await until(async () => {
    const now = await statusOf(drover);
    const calm = now.state === "running" && now.workers.length === now.size;
    return calm && now.workers.every(({ state }) => state === "ready") && now;
  }, "the storm to settle");
  assert.equal(snapshot.size, size);
  assert.deepEqual(
    snapshot.workers.map(({ slot, generation }) => [slot, generation]),
    Array.from({ length: size }, (_, index) => [index + 1, snapshot.generation]),
  );
  const expected = new Set(snapshot.workers.map(({ pid }) => pid));
  await until(() => {
    const children = childrenOf(drover.pid);
    return children.length === size && children.every(({ pid, state }) => expected.has(pid) && state !== "Z");
  }, "only these workers to be left, and no zombie");
  return snapshot;
}

suite("a storm of signals", () => {
  for (const transport of transports) {
    test(`HUP 50 times is two or three reloads, one after the other${transport.over}`, async (t) => {
      const drover = await start(t, app("http.js"), transport.serve({ workers: WORKERS, flags: FLAGS }));
      const load = startLoad(t, transport.target(drover), { rate: 300, postEvery: 2 });
      for (let count = 0; count < 50; count += 1) {
        drover.signal("SIGHUP");
        await delay(5);
      }
      const { generation } = await settled(drover, WORKERS);
      const samples = await load.stop();
      record({
        fault: `HUP 50 times in a row, ${WORKERS} workers${transport.over}`,
        sent: samples.length,
        lost: load.failures.length,
        note: `none; they became ${generation - 1} reloads, one after the other`,
      });
      assert.equal(describe(load.failures), "");
      assert.ok(generation === 3 || generation === 4, `${generation - 1} reloads`);
      const order = drover.log.lines.flatMap(({ event }) =>
        event === "reload-started" || event === "reloaded" ? [event] : [],
      );
      assert.deepEqual(order, Array.from({ length: generation - 1 }, () => ["reload-started", "reloaded"]).flat());
    });
  }

  const seconds = LONG ? 60 : 5;
  test(`TTIN, TTOU and HUP at random for ${seconds} s end at the count they add up to`, async (t) => {
    const drover = await start(t, app("http.js"), { workers: WORKERS, flags: FLAGS });
    const load = startLoad(t, { port: drover.port }, { rate: 300, postEvery: 2 });
    const sent: NodeJS.Signals[] = [];
    let size = WORKERS;
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      const signals = ["SIGTTIN", "SIGTTOU", "SIGHUP"] as const;
      const drawn = signals[Math.floor(Math.random() * signals.length)] ?? "SIGHUP";
      // Sixty-four workers are another test.
      const signal = drawn === "SIGTTIN" && size >= 6 ? "SIGTTOU" : drawn;
      if (signal === "SIGTTIN") size += 1;
      if (signal === "SIGTTOU") size = Math.max(1, size - 1);
      sent.push(signal);
      drover.signal(signal);
      // The same signal twice before it is looked at is one signal to the kernel.
      await delay(40 + Math.random() * 60);
    }
    await settled(drover, size);
    const samples = await load.stop();
    record({
      fault: `TTIN, TTOU and HUP at random for ${seconds} s, ${sent.length} signals`,
      sent: samples.length,
      lost: load.failures.length,
      note: "none; as many workers in the end as the signals add up to, no zombie",
    });
    assert.equal(describe(load.failures), "", sent.join(" "));
  });

  test("TTOU never takes the last worker", async (t) => {
    const drover = await start(t, app("http.js"), { workers: 2, flags: FLAGS });
    drover.signal("SIGTTOU");
    await drover.log.event("scaled", (line) => line["size"] === 1);
    for (let count = 1; count <= 2; count += 1) {
      drover.signal("SIGTTOU");
      await until(() => drover.log.events("scale-floor").length === count, "the signal to be refused");
    }
    const [first] = (await settled(drover, 1)).workers;
    assert.equal(first?.slot, 1);
  });
});

const RELOADS = LONG ? 50 : 10;
/** After these every lazy module is loaded and every pool has its size. */
const WARM = 3;

test(`${RELOADS} reloads leave no descriptor open and no process behind`, async (t) => {
  const drover = await start(t, app("http.js"), {
    workers: 2,
    flags: ["--probation", "0s", "--idle-timeout", "100ms"],
  });
  const descriptors: number[] = [];
  for (let generation = 2; generation <= RELOADS + 1; generation += 1) {
    drover.signal("SIGHUP");
    await drover.log.event("reloaded", (line) => line["generation"] === generation);
    await settled(drover, 2);
    descriptors.push(descriptorsOf(drover.pid));
  }
  const warm = Math.max(...descriptors.slice(0, WARM));
  assert.ok(
    descriptors.slice(WARM).every((count) => count <= warm),
    `descriptors after each: ${descriptors.join(" ")}`,
  );
  record({
    fault: `${RELOADS} reloads of 2 workers, descriptors of the primary`,
    sent: 0,
    lost: 0,
    note: `as many afterwards (${descriptors.at(-1)}) as after the first (${descriptors[0]})`,
  });
});
