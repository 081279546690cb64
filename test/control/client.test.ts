import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { ask, askStatus } from "../../src/control/client.ts";
import { running } from "../../src/control/find.ts";
import { homeOf, openRunFolder, socketOf } from "../../src/control/home.ts";
import { AppError } from "../../src/errors.ts";
import type { Progress, Result } from "../../src/protocol/control.ts";
import { play, snapshot, socketFor } from "../support/control.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { leaveStaleSocket } from "../support/stale-socket.ts";

const stopped: Result = { verb: "drain", text: "drained" };

/** A primary that answers a request with these bytes and closes, or never does. */
async function answering(t: TestContext, path: string, bytes: string | null): Promise<void> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    if (bytes !== null) socket.once("data", () => socket.end(bytes));
  });
  server.listen(path);
  await once(server, "listening");
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
}

suite("asking an app", () => {
  test("answers the result, with the steps on the way", async (t) => {
    const path = await socketFor(t);
    const steps: Progress[] = [
      { text: "one", workers: [{ slot: 1, pid: 2, generation: 3, state: "starting" }] },
      { text: "two", workers: [] },
    ];
    await play(t, path, (_, progress) => {
      for (const step of steps) progress(step);
      return Promise.resolve(stopped);
    });
    const seen: Progress[] = [];
    assert.deepEqual(await ask(path, { verb: "drain" }, { onProgress: (step) => seen.push(step) }), stopped);
    assert.deepEqual(seen, steps);
  });

  test("throws the app's own error, with its code and hint", async (t) => {
    const path = await socketFor(t);
    await play(t, path, () => Promise.reject(new AppError("RELOAD_FAILED", "its own words\nat app.js:1", "mend it")));
    await assert.rejects(ask(path, { verb: "reload" }), (error) => {
      assert.ok(error instanceof AppError);
      assert.deepEqual(
        [error.code, error.exitCode, error.message, error.hint],
        ["RELOAD_FAILED", 1, "its own words\nat app.js:1", "mend it"],
      );
      return true;
    });
  });

  for (const stale of [false, true]) {
    test(`says NOT_RUNNING where ${stale ? "a killed one has left its socket" : "there is no socket"}`, async (t) => {
      const path = await socketFor(t, "@my/shop");
      if (stale) await leaveStaleSocket(path);
      await assert.rejects(ask(path, { verb: "status" }), (error) => {
        assert.ok(error instanceof AppError);
        assert.deepEqual([error.code, error.exitCode], ["NOT_RUNNING", 69]);
        assert.match(error.message, /"@my\/shop"/);
        return true;
      });
    });
  }

  const answers: readonly (readonly [title: string, bytes: string, code: string, says: RegExp])[] = [
    ["no answer", "", "CONTROL_FAILED", /stop of "web": the connection was lost before the answer/],
    ["half an answer", '{"version":1,"type":"done"', "CONTROL_FAILED", /lost before the answer/],
    ["steps only", '{"version":1,"type":"progress","progress":{"text":"","workers":[]}}\n', "CONTROL_FAILED", /lost/],
    ["another version", '{"version":2,"type":"done"}\n', "CONTROL_PROTOCOL", /version 1 .* got version 2/],
    ["garbage", "HTTP/1.1 400 Bad Request\r\n", "CONTROL_PROTOCOL", /HTTP\/1\.1/],
    ["null", "null\n", "CONTROL_PROTOCOL", /null/],
    ["a step without words", '{"version":1,"type":"progress"}\n', "CONTROL_PROTOCOL", /got something else/],
    ["an error without words", '{"version":1,"type":"failed"}\n', "CONTROL_PROTOCOL", /got something else/],
    ["a type it does not know", '{"version":1,"type":"maybe"}\n', "CONTROL_PROTOCOL", /maybe/],
    [
      "a code it does not know",
      '{"version":1,"type":"failed","error":{"code":"FROM_THE_FUTURE","message":"oh","hint":"ah"}}\n',
      "CONTROL_FAILED",
      /^oh$/,
    ],
  ];
  for (const [title, bytes, code, message] of answers) {
    test(`that gives ${title} ends with ${code}`, async (t) => {
      const path = await socketFor(t);
      await answering(t, path, bytes);
      await assert.rejects(ask(path, { verb: "stop", now: false }), { code, message });
    });
  }

  test("hears no line that never ends", async (t) => {
    const path = await socketFor(t);
    await answering(t, path, "x".repeat(300_000));
    const asked = ask(path, { verb: "follow" }, { longestLine: 1000 });
    await assert.rejects(asked, { code: "CONTROL_PROTOCOL", message: /at most 1000 characters, got a longer one/ });
  });

  test("takes no longer than its limit", async (t) => {
    const path = await socketFor(t);
    await answering(t, path, null);
    await assert.rejects(askStatus(path, 50), { code: "CONTROL_FAILED", message: /no answer within 50 ms/ });
  });

  test("whose socket cannot be opened says so, and why", async (t) => {
    const file = join(temporaryFolder(t), "file");
    writeFileSync(file, "");
    const asked = ask(join(file, "web.sock"), { verb: "status" });
    await assert.rejects(asked, { code: "CONTROL_FAILED", message: /"web" cannot be reached: .*ENOTDIR/ });
  });
});

suite("the running apps", () => {
  test("are none where there is no folder", async (t) => {
    assert.deepEqual(await running(homeOf({ DROVER_HOME: join(temporaryFolder(t), "none") })), []);
  });

  test("are those that answer, by name", async (t) => {
    const home = homeOf({ DROVER_HOME: temporaryFolder(t) });
    await openRunFolder(home);
    const result: Result = { verb: "status", text: "", snapshot: snapshot() };
    for (const name of ["web", "@my/api"]) await play(t, socketOf(home, name), () => Promise.resolve(result));
    await leaveStaleSocket(socketOf(home, "dead"));
    assert.deepEqual(await running(home), ["@my/api", "web"]);
  });

  test("are not looked for in a folder others may write to", async (t) => {
    const home = homeOf({ DROVER_HOME: temporaryFolder(t) });
    mkdirSync(home.run, { mode: 0o755 });
    await assert.rejects(running(home), { code: "CONTROL_FAILED" });
  });
});
