import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { overHttp } from "../support/roll-call.ts";

suite("--shutdown-message", () => {
  const ROWS: readonly [title: string, endsBy: string, flags: readonly string[], heard: string][] = [
    ["tells the app by pm2's message", "message", ["--shutdown-message"], "shutdown\n"],
    ["or on cluster.worker", "worker", ["--shutdown-message"], "shutdown\n"],
    ["which takes the signal's place", "message TERM", ["--shutdown-message"], "shutdown\n"],
    ["leaves the signal to an app that listens for no messages", "TERM", ["--shutdown-message"], "SIGTERM\n"],
    ["is not what happens without it", "message TERM", [], "SIGTERM\n"],
  ];
  for (const [title, endsBy, flags, heard] of ROWS) {
    test(title, async (t) => {
      const record = join(temporaryFolder(t), "record");
      const env = { RECORD_FILE: record, ENDS_BY: endsBy };
      const drover = await start(t, app("supervision/own-shutdown.js"), { workers: 1, env, flags });
      assert.deepEqual(await drover.stop(), { code: 0, signal: null });
      assert.equal(readFileSync(record, "utf8"), heard);
      assert.equal(drover.log.events("stopped")[0]?.["killed"], 0);
    });
  }

  test("comes when every request is answered", async (t) => {
    const record = join(temporaryFolder(t), "record");
    const env = { RECORD_FILE: record, ENDS_BY: "message" };
    const flags = ["--shutdown-message"];
    const drover = await start(t, app("supervision/own-shutdown.js"), { workers: 1, env, flags });
    const slow = request(drover, { path: "/slow?ms=700" });
    await overHttp(drover)();
    assert.deepEqual(await drover.stop(), { code: 0, signal: null });
    assert.equal((await slow).response?.status, 200);
    assert.equal(readFileSync(record, "utf8"), "answered\nshutdown\n");
  });

  test("leaves an app that does not end to the deadline", async (t) => {
    const env = { RECORD_FILE: join(temporaryFolder(t), "record"), ENDS_BY: "message", NEVER_ENDS: "1" };
    const flags = ["--shutdown-message", "--drain-timeout", "1s"];
    const drover = await start(t, app("supervision/own-shutdown.js"), { workers: 1, env, flags });
    await drover.stop();
    assert.equal(drover.log.events("stopped")[0]?.["killed"], 1);
  });
});
