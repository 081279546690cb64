import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { bodyOf, request } from "../support/client.ts";
import { app, steadyPort } from "../support/fixture.ts";
import { byLink, site } from "../support/releases.ts";
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

  test("follow a current link to the next release, and start that one anew", async (t) => {
    const port = await steadyPort();
    const releases = byLink(t);
    releases.deploy("one", site("one"));
    const flags = ["-p", String(port), "-w", "1", "--probation", "0"];
    const service = await deployService(t, releases.entry, flags);
    if (!service) return;
    const name = async () => (bodyOf(await request({ port })) as { readonly release: string }).release;
    const { stop } = await service.start();
    assert.equal(await name(), "one");
    releases.deploy("two", site("two"));
    assert.deepEqual(await service.reload(), OK);
    assert.equal(await name(), "two");
    assert.deepEqual(await stop(), OK);
    const { stop: stopAgain } = await service.start();
    assert.equal(await name(), "two");
    assert.deepEqual(await stopAgain(), OK);
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
