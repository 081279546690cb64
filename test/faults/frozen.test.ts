import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { kill } from "../support/proc.ts";
import { LONG, record } from "../support/reliability.ts";
import { enough, transports, type Transport } from "../support/transports.ts";

const CONNECTIONS = 120;
const FROZEN_MS = 2000;

async function freeze(t: TestContext, transport: Transport, workers: number): Promise<void> {
  const drover = await start(t, app("http.js"), transport.serve({ workers }));
  const target = transport.target(drover);
  const victim = drover.workers().get(1);
  assert.ok(victim);
  kill(victim, "SIGSTOP");
  const killed = delay(FROZEN_MS).then(() => kill(victim, "SIGKILL"));
  const asked: Promise<Answer>[] = [];
  for (let count = 0; count < CONNECTIONS; count += 1) {
    asked.push(request(target));
    // They come before, at and after the kill.
    await delay((FROZEN_MS * 1.25) / CONNECTIONS);
  }
  await killed;
  const answers = await Promise.all(asked);
  const ok = answers.filter((answer) => answer.outcome === "ok" && answer.response?.status === 200);
  const slowest = Math.max(...answers.map((answer) => answer.ms));
  record({
    fault: `a worker of ${workers} is frozen for ${FROZEN_MS / 1000} s, then killed${transport.over}`,
    sent: CONNECTIONS,
    lost: CONNECTIONS - ok.length,
    note: `none on a new connection; the slowest took ${Math.round(slowest)} ms`,
  });
  assert.equal(ok.length, CONNECTIONS);
  if (LONG) assert.ok(slowest < 1500, `none waits for the frozen one; the slowest took ${Math.round(slowest)} ms`);
}

for (const transport of transports) {
  for (const workers of enough(transport, [2, 4], 1)) {
    test(`a worker of ${workers} that is frozen for 2 s, then killed, costs no new connection${transport.over}`, (t) =>
      freeze(t, transport, workers));
  }
}
