import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { outcomes, startArrivals } from "../support/arrivals.ts";
import type { Target } from "../support/client.ts";
import { app, steadyPort, temporaryFolder } from "../support/fixture.ts";
import { LONG, record } from "../support/reliability.ts";
import { deployService } from "../support/service.ts";
import { until } from "../support/wait.ts";

const OK = { code: 0, signal: null };
const RATE = 600;
const RESTARTS = LONG ? 5 : 2;
/** Clients that are answered between two restarts. */
const BETWEEN = LONG ? 600 : 150;

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
      const [target, address] = await place(t);
      const service = await deployService(t, app("forms/handler-default.js"), ["--listen", address, "-w", "2"]);
      if (!service) return;
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
      record({
        fault: `restart of the whole service ${RESTARTS} times, ${kind} socket held by systemd`,
        sent: answers.length,
        lost: answers.length - (outcomes(answers)["status 200"] ?? 0),
        note: `${RATE} new connections a second; slowest ${Math.round(Math.max(...answers.map(({ ms }) => ms)))} ms`,
      });
      assert.deepEqual(outcomes(answers), { "status 200": answers.length });
    });
});
