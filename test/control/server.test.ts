import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { askStatus } from "../../src/control/client.ts";
import type { Handle } from "../../src/control/connection.ts";
import { AppError } from "../../src/errors.ts";
import type { Command, Progress, Reply, Result } from "../../src/protocol/control.ts";
import { exchange, play, repliesIn, snapshot, socketFor } from "../support/control.ts";
import { within } from "../support/wait.ts";

const status: Handle = () => Promise.resolve({ verb: "status", text: "", snapshot: snapshot() });
const drained: Result = { verb: "drain", text: "drained" };
const never: Handle = () => new Promise<Result>(() => undefined);
const STEP: Progress = { text: "a step", workers: [] };

async function open(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, "connect");
  return socket;
}

function failure(replies: readonly Reply[]) {
  const [reply] = replies;
  assert.ok(replies.length === 1 && reply?.type === "failed", JSON.stringify(replies));
  return reply.error;
}

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
      replies.map((reply) => (reply.type === "progress" ? reply.progress.text : reply.type)),
      ["a step", "another", "done"],
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

suite("what is no request", () => {
  const rows: readonly (readonly [title: string, data: string, says: RegExp])[] = [
    ["garbage", "GET / HTTP/1.1\r\n\r\n", /JSON object on one line, got "GET \/ HTTP/],
    ["an empty line", "\n", /JSON object on one line, got ""/],
    ["JSON that is no object", "null\n", /got "null"/],
    ["an array", "[1]\n", /version 1 of the control protocol, which this app speaks, got none/],
    ["another version", '{"version":2,"verb":"status"}\n', /version 1 .* got 2/],
    ["no version", '{"verb":"status"}\n', /version 1 .* got none/],
    ["an unknown verb", '{"version":1,"verb":"explode"}\n', /expected a verb \(status, .*\), got "explode"/],
    ["a verb that is a name of Object's", '{"version":1,"verb":"constructor"}\n', /got "constructor"/],
    ["a scale without a number", '{"version":1,"verb":"scale"}\n', /the fields of scale/],
    ["a scale with both numbers", '{"version":1,"verb":"scale","to":1,"by":1}\n', /the fields of scale/],
    ["a scale by half a worker", '{"version":1,"verb":"scale","by":0.5}\n', /the fields of scale/],
    ["a stop without now", '{"version":1,"verb":"stop"}\n', /the fields of stop/],
    ["half a line", '{"version":1,', /got its end before that of the line/],
    ["bytes that are no text", "\u0000\u00ff\ufffe\n", /JSON object/],
  ];
  for (const [title, data, says] of rows) {
    test(`${title} is answered with CONTROL_PROTOCOL, and the next client is served`, async (t) => {
      const path = await socketFor(t);
      await play(t, path, status);
      const { code, message } = failure(await exchange(path, data));
      assert.equal(code, "CONTROL_PROTOCOL");
      assert.match(message, says);
      assert.ok(message.length < 300, message);
      assert.equal((await askStatus(path, 10_000)).name, "web");
    });
  }

  test("100 MB are cut off after the first 64 KiB, with an answer", async (t) => {
    const path = await socketFor(t);
    await play(t, path, status);
    const socket = await open(path);
    const closed = new Promise((resolve) => socket.on("close", resolve));
    let said = "";
    socket.on("data", (chunk) => (said += String(chunk)));
    socket.on("error", () => undefined);
    let sent = 0;
    const chunk = Buffer.alloc(2 ** 16, "x");
    const send = (): void => {
      if (sent >= 100 * 2 ** 20) return;
      socket.write(chunk, (error) => {
        if (error) return;
        sent += chunk.length;
        send();
      });
    };
    send();
    await within(closed, "the end of the connection");
    assert.ok(sent < 4 * 2 ** 20, `${sent} bytes were taken`);
    const { code, message } = failure(repliesIn(said));
    assert.equal(code, "CONTROL_PROTOCOL");
    assert.match(message, /got more than 65536 bytes/);
    assert.equal((await askStatus(path, 10_000)).name, "web");
  });

  test("a request of just 64 KiB is still read", async (t) => {
    const path = await socketFor(t);
    await play(t, path, () => Promise.resolve(drained));
    const request = '{"version":1,"verb":"drain"}';
    const full = `${" ".repeat(64 * 1024 - request.length)}${request}\n`;
    assert.equal((await exchange(path, full))[0]?.type, "done");
    assert.equal(failure(await exchange(path, ` ${full}`)).code, "CONTROL_PROTOCOL");
  });

  test("a silent client is dropped, and so is one that never ends its line", async (t) => {
    const path = await socketFor(t);
    await play(t, path, status, 50);
    const silent = await open(path);
    const slow = await open(path);
    slow.write('{"version":1,');
    await within(Promise.all([once(silent.resume(), "close"), once(slow.resume(), "close")]), "both to be dropped");
  });

  test("one that has asked is not dropped, however long its command takes", async (t) => {
    const path = await socketFor(t);
    const { promise, resolve } = Promise.withResolvers<Result>();
    await play(t, path, (command) => (command.verb === "drain" ? promise : status(command, () => undefined)), 50);
    const patient = exchange(path, '{"version":1,"verb":"drain"}\n');
    const silent = await open(path);
    await within(once(silent.resume(), "close"), "the silent one to be dropped");
    resolve(drained);
    assert.equal((await patient)[0]?.type, "done");
  });
});

suite("a client", () => {
  test("that goes away in the middle of its command stops nothing", async (t) => {
    const path = await socketFor(t);
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    await play(t, path, async (command, progress) => {
      if (command.verb === "status") return status(command, progress);
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

  test("that does not read misses steps, so that they do not pile up, and gets the outcome when it reads", async (t) => {
    const path = await socketFor(t);
    const done = Promise.withResolvers<void>();
    const step: Progress = { text: "x".repeat(1000), workers: [] };
    await play(t, path, (_, progress) => {
      for (let count = 0; count < 20_000; count += 1) progress(step);
      done.resolve();
      return Promise.resolve(drained);
    });
    const socket = await open(path);
    socket.pause();
    socket.write('{"version":1,"verb":"drain"}\n');
    await within(done.promise, "the command to end");
    const answer = await within(text(socket), "the answer");
    assert.equal(repliesIn(answer).at(-1)?.type, "done");
    assert.ok(answer.length < 2 * 2 ** 20, `${answer.length} of 20 MB were kept for it`);
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
