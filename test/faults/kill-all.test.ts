import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { connect } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { isAlive, isStopped, kill } from "../support/proc.ts";
import { record } from "../support/reliability.ts";
import { transports, type Transport } from "../support/transports.ts";
import { until } from "../support/wait.ts";

const CLIENTS = 20;

async function killAll(t: TestContext, transport: Transport): Promise<void> {
  const drover = await start(t, app("http.js"), transport.serve({ workers: 3 }));
  const old = [...drover.workers().values()];
  // It learns of their end only when all clients are there: nobody is ready in the gap.
  kill(drover.pid, "SIGSTOP");
  await until(() => isStopped(drover.pid), "the primary to stop");
  for (const pid of old) kill(pid, "SIGKILL");
  await until(() => !old.some(isAlive), "the end of all workers");

  const connections = Array.from({ length: CLIENTS }, () => connect(transport.target(drover)));
  const asked = Promise.all(connections.map((connection) => connection.request({}, false)));
  kill(drover.pid, "SIGCONT");
  const answers = await asked;
  record({
    fault: `kill -9 of all workers, and ${CLIENTS} clients that connect before the next are ready${transport.over}`,
    sent: CLIENTS,
    lost: answers.filter(({ outcome }) => outcome !== "ok").length,
    note: "none: they wait in the kernel's queue for the replacements",
  });
  assert.deepEqual(new Set(answers.map((answer) => answer.outcome)), new Set(["ok"]));
  for (const { response } of answers) {
    assert.equal(response?.status, 200);
    assert.ok(!old.includes(JSON.parse(response.body.toString()).pid));
  }
}

for (const transport of transports) {
  test(`${CLIENTS} clients that connect while no worker is alive are answered by the replacements${transport.over}`, (t) =>
    killAll(t, transport));
}
