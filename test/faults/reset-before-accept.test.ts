import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { descriptorsOf, isStopped, kill } from "../support/proc.ts";
import { record } from "../support/reliability.ts";
import { until } from "../support/wait.ts";

const CLIENTS = 500;

/** A connection that the kernel has taken for the app, and that is gone before anybody looks at it. */
async function comeAndGo(port: number): Promise<void> {
  const socket = net.connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.resetAndDestroy();
}

test(`${CLIENTS} connections that are reset before a worker accepts them harm nobody`, async (t) => {
  const drover = await start(t, app("http.js"), { workers: 2 });
  const pids = [...drover.workers().values()];
  const descriptors = (): number => pids.reduce((sum, pid) => sum + descriptorsOf(pid), 0);
  const before = descriptors();
  for (const pid of pids) kill(pid, "SIGSTOP");
  await until(() => pids.every(isStopped), "the workers to stop");
  await Promise.all(Array.from({ length: CLIENTS }, () => comeAndGo(drover.port)));
  const lines = drover.log.lines.length;
  for (const pid of pids) kill(pid, "SIGCONT");

  const load = startLoad(t, { port: drover.port });
  await until(() => load.samples.length > 300, "300 answers");
  const sent = await load.stop();
  record({
    fault: `${CLIENTS} clients reset their connections before a worker accepts them`,
    sent: sent.length,
    lost: load.failures.length,
    note: "none of the others'; no descriptor is left open, and the log says nothing of it",
  });
  assert.equal(describe(load.failures), "");
  assert.deepEqual([...drover.workers().values()], pids);
  const about = drover.log.lines
    .slice(lines)
    .filter(({ event }) => event !== "worker-busy" && event !== "worker-answers");
  assert.ok(about.length < 10, `${about.length} lines`);
  await until(() => descriptors() <= before, "the last descriptor to be closed");
});
