import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { outcomes, startArrivals } from "../support/arrivals.ts";
import { bodyOf, request, type Target } from "../support/client.ts";
import { runCli } from "../support/drover.ts";
import { app, steadyPort, temporaryFolder } from "../support/fixture.ts";
import { LONG, record } from "../support/reliability.ts";
import { overHttp, rollCall } from "../support/roll-call.ts";
import { manageService, type ServiceManager } from "../support/service.ts";
import { need } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const OK = { code: 0, signal: null };
const RATE = 600;
const RESTARTS = LONG ? 5 : 2;
/** Clients that are answered between two restarts. */
const BETWEEN = LONG ? 600 : 150;

function canRun(t: TestContext): boolean {
  return need(t, "systemd-notify", "systemd") && need(t, "perl", "perl-base");
}

/** What the verb writes for an app, run. */
async function deployed(
  t: TestContext,
  entry: string,
  flags: readonly string[],
  cwd = dirname(entry),
): Promise<ServiceManager> {
  const folder = temporaryFolder(t);
  const words = ["deploy", "systemd", entry, "--name", "shop", "--out", folder, ...flags];
  const { exit, log } = runCli(t, words, { cwd, env: { PWD: cwd } });
  assert.deepEqual(await exit, OK, log.tail());
  return await manageService(t, folder, "shop");
}

suite("the units that the verb writes", () => {
  for (const entry of ["forms/handler-default.js", "http.js"])
    test(`start ${entry}, on the socket that is theirs, and reload it`, async (t) => {
      if (!canRun(t)) return;
      const port = await steadyPort();
      const service = await deployed(t, app(entry), ["-p", String(port), "-w", "2", "--probation", "0"]);
      const { stop } = await service.start();
      assert.deepEqual(
        (await rollCall(overHttp({ port }), 2)).map(({ slot }) => slot),
        [1, 2],
      );
      assert.deepEqual(await service.reload(), OK);
      assert.ok(bodyOf(await request({ port })));
      assert.deepEqual(await stop(), OK);
    });
});

suite(`a service that is started anew ${RESTARTS} times loses none of ${RATE} new connections a second`, () => {
  const cases: readonly (readonly [string, (t: TestContext) => Promise<readonly [Target, string]>])[] = [
    [
      "TCP",
      async () => {
        const port = await steadyPort();
        return [{ port }, String(port)];
      },
    ],
    [
      "unix",
      async (t) => {
        const path = join(temporaryFolder(t), "shop.sock");
        return [{ path }, `unix:${path}`];
      },
    ],
  ];
  for (const [kind, place] of cases)
    test(kind, async (t) => {
      if (!canRun(t)) return;
      const [target, address] = await place(t);
      const service = await deployed(t, app("forms/handler-default.js"), ["--listen", address, "-w", "2"]);
      let run = await service.start();
      const load = startArrivals(t, target, RATE);
      for (let round = 1; round <= RESTARTS; round += 1) {
        const before = load.answers.length;
        await until(() => load.answers.length > before + BETWEEN, "answers between two restarts");
        assert.deepEqual(await run.stop(), OK);
        run = await service.start();
      }
      const answered = load.answers.length;
      await until(() => load.answers.length > answered + BETWEEN, "answers after the last restart");
      const answers = await load.stop();
      assert.deepEqual(outcomes(answers), { "status 200": answers.length });
      record({
        fault: `restart of the whole service ${RESTARTS} times, ${kind} socket held by systemd`,
        sent: answers.length,
        lost: 0,
        note: `${RATE} new connections a second; slowest ${Math.round(Math.max(...answers.map(({ ms }) => ms)))} ms`,
      });
    });
});
