import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { askStatus } from "../../src/control/client.ts";
import type { Handle } from "../../src/control/connection.ts";
import { AppError } from "../../src/errors.ts";
import type { Command, Progress, Result } from "../../src/protocol/control.ts";
import { exchange, failure, open, play, repliesIn, snapshot, socketFor } from "../support/control.ts";
import { within } from "../support/wait.ts";

const status: Handle = () => Promise.resolve({ verb: "status", text: "", snapshot: snapshot() });
const drained: Result = { verb: "drain", text: "drained" };
const never: Handle = () => new Promise<Result>(() => undefined);
const STEP: Progress = { text: "a step", workers: [] };

suite("the control socket", () => {
  test("may be opened by its user alone, and is gone after close", async (t) => {
    const path = await socketFor(t);
    const server = await play(t, path, status);
    assert.equal((statSync(path).mode & 0o777).toString(8), "600");
    await server.close();
    await server.close();
    assert.deepEqual(readdirSync(dirname(path)), []);
  });

  test("hands each command to the handler with its fields, and no more", async (t) => {
    const path = await socketFor(t);
    const got: Command[] = [];
    await play(t, path, (command) => {
      got.push(command);
      return Promise.resolve(drained);
    });
    const commands: readonly Command[] = [
      { verb: "status" },
      { verb: "reload" },
      { verb: "restart" },
      { verb: "scale", to: 4 },
      { verb: "scale", by: -1 },
      { verb: "stop", now: true },
      { verb: "drain" },
      { verb: "undrain" },
      { verb: "reopen" },
      { verb: "certificates" },
      { verb: "follow" },
    ];
    for (const command of commands) {
      const replies = await exchange(path, `${JSON.stringify({ version: 1, extra: true, ...command })}\n`);
      assert.deepEqual(replies, [{ version: 1, type: "done", result: drained }]);
    }
    assert.deepEqual(got, commands);
  });

  test("sends the steps before the outcome", async (t) => {
    const path = await socketFor(t);
    await play(t, path, (_, progress) => {
      progress(STEP);
      progress({ ...STEP, text: "another" });
      return Promise.resolve(drained);
    });
    const replies = await exchange(path, '{"version":1,"verb":"drain"}\n');
    assert.deepEqual(
      replies.map((reply) => (reply.type === "progress" ? reply.progress : reply.type)),
      [STEP, { ...STEP, text: "another" }, "done"],
    );
  });

  test("answers an AppError of the handler with its code and hint, any other error with its message, and lives on", async (t) => {
    const path = await socketFor(t);
    const errors: unknown[] = [new AppError("RELOAD_FAILED", "it failed", "mend it"), new Error("oh"), "thrown text"];
    await play(t, path, () => {
      throw errors.shift();
    });
    const answers = [];
    while (errors.length > 0) answers.push(failure(await exchange(path, '{"version":1,"verb":"reload"}\n')));
    assert.deepEqual(answers, [
      { code: "RELOAD_FAILED", message: "it failed", hint: "mend it" },
      { code: "CONTROL_FAILED", message: "oh" },
      { code: "CONTROL_FAILED", message: "thrown text" },
    ]);
  });

  test("answers a result that is no JSON with CONTROL_FAILED", async (t) => {
    const path = await socketFor(t);
    await play(t, path, () => Promise.resolve({ ...drained, big: 1n } as Result));
    const { code, message } = failure(await exchange(path, '{"version":1,"verb":"drain"}\n'));
    assert.equal(code, "CONTROL_FAILED");
    assert.match(message, /BigInt/);
  });
});

suite("a client", () => {
  test("that goes away in the middle of its command stops nothing", async (t) => {
    const path = await socketFor(t);
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    await play(t, path, async (...asked) => {
      const [{ verb }, progress] = asked;
      if (verb === "status") return status(...asked);
      begun.resolve();
      await go.promise;
      for (let step = 0; step < 100; step += 1) progress(STEP);
      ended.resolve();
      return drained;
    });
    const socket = await open(path);
    socket.write('{"version":1,"verb":"drain"}\n');
    await begun.promise;
    socket.destroy();
    await once(socket, "close");
    go.resolve();
    await within(ended.promise, "the command to end");
    assert.equal((await askStatus(path, 10_000)).name, "web");
  });

  test("that does not read misses steps, so that they do not pile up, and gets the latest and the outcome when it reads", async (t) => {
    const path = await socketFor(t);
    const done = Promise.withResolvers<void>();
    const step: Progress = { text: "x".repeat(1000), workers: [] };
    const read = Promise.withResolvers<void>();
    await play(t, path, async (_, progress) => {
      for (let count = 0; count < 20_000; count += 1) progress(step);
      progress(STEP);
      done.resolve();
      await read.promise;
      return drained;
    });
    const socket = await open(path);
    socket.pause();
    socket.write('{"version":1,"verb":"drain"}\n');
    await within(done.promise, "the command to end");
    let answer = "";
    for await (const chunk of socket) {
      answer += String(chunk);
      // It is the last one, and there is an outcome when it has been seen.
      if (answer.includes(STEP.text)) read.resolve();
    }
    assert.equal(repliesIn(answer).at(-1)?.type, "done");
    assert.ok(answer.length < 2 * 2 ** 20, `${answer.length} of 20 MB were kept for it`);
  });

  test("that follows and goes away is known to be gone, and so is one that ends its side", async (t) => {
    for (const leave of ["destroy", "end"] as const) {
      const path = await socketFor(t);
      const begun = Promise.withResolvers<AbortSignal>();
      await play(t, path, async (_, tell, gone) => {
        tell({ size: 2, slots: [1, 2] });
        begun.resolve(gone);
        await once(gone, "abort");
        return { verb: "follow", text: "" };
      });
      const socket = await open(path);
      socket.write('{"version":1,"verb":"follow"}\n');
      const gone = await begun.promise;
      assert.equal(gone.aborted, false);
      const aborted = once(gone, "abort");
      socket.resume()[leave]();
      await within(aborted, `the end of one that has called ${leave}`);
    }
  });

  test("that never reads its answer is dropped", async (t) => {
    const path = await socketFor(t);
    const answered = Promise.withResolvers<void>();
    await play(
      t,
      path,
      () => {
        setImmediate(answered.resolve);
        return Promise.resolve({ ...drained, text: "x".repeat(8 * 2 ** 20) });
      },
      50,
    );
    const socket = await open(path);
    socket.pause();
    socket.write('{"version":1,"verb":"drain"}\n');
    await answered.promise;
    // Its patience began later, so that it ends later.
    const silent = await open(path);
    await within(once(silent.resume(), "close"), "a silent one to be dropped");
    const answer = await text(socket).catch(() => "");
    assert.ok(answer.length < 8 * 2 ** 20, "it was cut off");
  });

  test("beyond the 64th is turned away, and served when there is room", async (t) => {
    const path = await socketFor(t);
    await play(t, path, status);
    const idle = await Promise.all(Array.from({ length: 64 }, () => open(path)));
    const tooMany = await open(path);
    await within(once(tooMany.resume(), "close"), "it to be turned away");
    await assert.rejects(askStatus(path, 10_000), { code: "CONTROL_FAILED" });
    const gone = once(idle[0] as Socket, "close");
    for (const socket of idle) socket.destroy();
    await gone;
    const served = async (): Promise<boolean> => (await askStatus(path, 10_000).catch(() => null)) !== null;
    while (!(await served()));
  });
});

suite("close", () => {
  test("lets a command that is just ending answer, and does not wait for those who never asked", async (t) => {
    const path = await socketFor(t);
    const { promise, resolve } = Promise.withResolvers<Result>();
    const begun = Promise.withResolvers<void>();
    const server = await play(t, path, () => {
      begun.resolve();
      return promise;
    });
    const idle = await open(path);
    const answer = exchange(path, '{"version":1,"verb":"drain"}\n');
    await begun.promise;
    const closed = server.close();
    await once(idle.resume(), "close");
    resolve(drained);
    assert.equal((await answer)[0]?.type, "done");
    await closed;
  });

  test("answers what never ends with STOPPING", async (t) => {
    const path = await socketFor(t);
    const begun = Promise.withResolvers<void>();
    const server = await play(t, path, (...asked) => {
      begun.resolve();
      return never(...asked);
    });
    const answer = exchange(path, '{"version":1,"verb":"reload"}\n');
    await begun.promise;
    await server.close();
    assert.equal(failure(await answer).code, "STOPPING");
  });
});
