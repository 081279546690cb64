import assert from "node:assert/strict";
import { test } from "node:test";
import { request, type Answer } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { isAlive, kill } from "../support/proc.ts";
import { record } from "../support/reliability.ts";

test("a child of the app's own that outlives its worker holds neither the address nor a stop", async (t) => {
  const drover = await start(t, app("supervision/leaves-a-child.js"), { workers: 1 });
  const [pid] = drover.workers().values();
  const [first, second] = [await request(drover), await killed(drover, pid ?? 0)];
  const children = [first, second].map(({ response }) => Number(response?.body.toString()));
  try {
    assert.deepEqual(children.map(isAlive), [true, true]);
    assert.deepEqual(await drover.stop(), { code: 0, signal: null });
    const { outcome, phase } = await request(drover);
    assert.deepEqual([outcome, phase], ["refused", "connect"]);
  } finally {
    // Whoever starts a process ends it: Drover cannot know whether it was meant to stay.
    for (const child of children) kill(child, "SIGKILL");
  }
  record({
    fault: "kill -9 of a worker that has a child of its own, which stays; then a stop",
    sent: 2,
    lost: [first, second].filter(({ outcome }) => outcome !== "ok").length,
    note: "none; the child does not hold the address, and is the app's to end",
  });
});

/** Answers what the next worker says. */
async function killed(drover: ReadyDrover, pid: number): Promise<Answer> {
  kill(pid, "SIGKILL");
  await drover.log.event("worker-ready", (line) => line.pid !== pid);
  return await request(drover);
}
