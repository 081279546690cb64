import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { launch, type ReadyDrover } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import type { LogLine } from "../support/log-reader.ts";
import { kill } from "../support/proc.ts";
import { enough, transports, type Transport } from "../support/transports.ts";
import { until } from "../support/wait.ts";

const WORKERS = 2;
const CONDITIONS: readonly (readonly string[])[] = [["--wait-ready"], ["--probe", "/healthz"]];

type Running = Omit<ReadyDrover, "ready" | "url">;

/** Its worker in that slot, other than `former`, listens as far as it can tell. Resolves with its pid. */
async function listens({ log }: Pick<Running, "log">, slot: number, former = 0): Promise<LogLine & { pid: number }> {
  const isIt = (line: LogLine): boolean =>
    line.slot === slot && line.pid !== former && (line.msg ?? "").startsWith("listening at ");
  const line = await log.find("the app's line", isIt);
  return { ...line, pid: line.pid ?? 0 };
}

/** A release whose workers are ready only when they get USR2, as the first ones have. */
async function run(
  t: TestContext,
  transport: Transport,
  flags: readonly string[],
  bootTimeout: string,
): Promise<Running & { pids: readonly number[] }> {
  const entry = app("readiness/on-signal.js");
  const drover = launch(
    t,
    entry,
    transport.serve({ workers: WORKERS, flags: [...flags, "--probation", "0", "--boot-timeout", bootTimeout] }),
  );
  const pids: number[] = [];
  for (let slot = 1; slot <= WORKERS; slot += 1) {
    const { pid } = await listens(drover, slot);
    pids.push(pid);
    kill(pid, "SIGUSR2");
  }
  const { url } = await drover.log.event("ready");
  return { ...drover, pids, port: Number(new URL(String(url)).port) };
}

const rows = transports.flatMap((transport) => enough(transport, CONDITIONS, 1).map((flags) => ({ transport, flags })));

for (const { transport, flags } of rows) {
  suite(`a release under load with ${flags.join(" ")}${transport.over}`, () => {
    test("sees no client before it is ready", async (t) => {
      const drover = await run(t, transport, flags, "15s");
      const load = startLoad(t, transport.target(drover));
      await until(() => load.samples.length > 100, "the load to be under way");
      drover.signal("SIGHUP");
      for (let slot = 1; slot <= WORKERS; slot += 1) {
        const { pid } = await listens(drover, slot, drover.pids[slot - 1]);
        const before = load.samples.length;
        await until(() => load.samples.length > before + 200, "answers while it is not ready");
        const answeredBy = new Set(load.samples.map(({ answer }) => Number(answer.response?.headers.get("x-pid"))));
        assert.ok(!answeredBy.has(pid), "the unready worker has answered");
        kill(pid, "SIGUSR2");
      }
      await drover.log.event("reloaded");
      await load.stop();
      assert.equal(describe(load.failures), "");
    });

    test("changes nothing when it never is", async (t) => {
      const drover = await run(t, transport, flags, "3s");
      const load = startLoad(t, transport.target(drover));
      drover.signal("SIGHUP");
      const rolledBack = await drover.log.event("reload-rolled-back");
      assert.match(
        String(rolledBack.msg),
        /not ready 3 s after its start, so it was killed: (it listens, but|GET \/healthz)/,
      );
      await load.stop();
      assert.equal(describe(load.failures), "");
      assert.deepEqual([...drover.workers().values()], drover.pids);
    });
  });
}
