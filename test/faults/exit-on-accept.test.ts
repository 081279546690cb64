import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { connect, type Answer, type Client, type Target } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { acceptedFrom, isAlive } from "../support/proc.ts";
import { record } from "../support/reliability.ts";
import { transports, type Transport } from "../support/transports.ts";
import { until } from "../support/wait.ts";

const WORKERS = 3;

/** Has this worker exit on its next connection. Others are asked meanwhile, which harms nobody. */
async function arm(target: Target, pid: number): Promise<void> {
  const kept: Client[] = [];
  const found = await until(async () => {
    const connection = connect(target);
    kept.push(connection);
    const { response } = await connection.request();
    return response?.headers.get("x-pid") === String(pid) && connection;
  }, `a connection to process ${pid}`);
  await found.request({ path: "/arm" });
  for (const connection of kept) connection.close();
}

/** One client after the other until the armed worker has met one. Answers what each of them got. */
async function meet(target: Target, pid: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (isAlive(pid)) {
    const clients = Array.from({ length: 4 }, () => connect(target, 5000).request({}, false));
    answers.push(...(await Promise.all(clients)));
  }
  return answers;
}

async function judge(t: TestContext, transport: Transport, which: "oldest" | "youngest"): Promise<void> {
  const drover = await start(t, app("supervision/exits-on-accept.js"), transport.serve({ workers: WORKERS }));
  const target = transport.target(drover);
  const pids = drover.log.events("worker-started").map(({ pid = 0 }) => pid);
  const victim = (which === "oldest" ? pids.at(0) : pids.at(-1)) ?? 0;
  await arm(target, victim);
  const answers = await meet(target, victim);
  const lost = answers.filter(({ outcome }) => outcome !== "ok");
  record({
    fault: `the ${which} of ${WORKERS} workers exits as it accepts a connection${transport.over}`,
    sent: answers.length,
    lost: lost.length,
    note: "none: the connection goes to a worker that lives",
  });
  assert.deepEqual(lost, []);
  assert.deepEqual(acceptedFrom(drover.pid, drover.port), new Set(), "the primary keeps none");
}

for (const transport of transports) {
  for (const which of ["oldest", "youngest"] as const) {
    test(`a connection whose worker, the ${which}, exits as it accepts it is answered by another${transport.over}`, (t) =>
      judge(t, transport, which));
  }
}
