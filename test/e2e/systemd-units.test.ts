import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { bodyOf, request } from "../support/client.ts";
import { app, steadyPort } from "../support/fixture.ts";
import { overHttp, rollCall } from "../support/roll-call.ts";
import { deployService } from "../support/service.ts";

const OK = { code: 0, signal: null };

suite("the units that the verb writes", () => {
  for (const entry of ["forms/handler-default.js", "http.js"])
    test(`start ${entry}, on the socket that is theirs, and reload it`, async (t) => {
      const port = await steadyPort();
      const service = await deployService(t, app(entry), ["-p", String(port), "-w", "2", "--probation", "0"]);
      if (!service) return;
      const { stop } = await service.start();
      const heard = await rollCall(overHttp({ port }), 2);
      assert.deepEqual(
        heard.map(({ slot }) => slot),
        [1, 2],
      );
      assert.deepEqual(await service.reload(), OK);
      assert.ok(bodyOf(await request({ port })));
      assert.deepEqual(await stop(), OK);
    });

  test("give each worker a socket of its own, where it is to have one", async (t) => {
    const port = await steadyPort();
    const flags = ["-p", String(port), "-w", "2", "--per-slot"];
    const service = await deployService(t, app("forms/handler-default.js"), flags);
    if (!service) return;
    const { stop } = await service.start();
    for (const slot of [1, 2]) assert.equal((await overHttp({ port: port + slot - 1 })()).slot, slot);
    assert.deepEqual(await stop(), OK);
  });
});
