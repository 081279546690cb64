import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import { askStatus } from "../../src/control/client.ts";
import type { Handle } from "../../src/control/connection.ts";
import type { Result } from "../../src/protocol/control.ts";
import { exchange, failure, open, play, repliesIn, snapshot, socketFor } from "../support/control.ts";
import { within } from "../support/wait.ts";

const status: Handle = () => Promise.resolve({ verb: "status", text: "", snapshot: snapshot() });
const drained: Result = { verb: "drain", text: "drained" };

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
    ["a scale to billions", '{"version":1,"verb":"scale","to":5000000000}\n', /the fields of scale/],
    ["a scale by half a worker", '{"version":1,"verb":"scale","by":0.5}\n', /the fields of scale/],
    ["a stop without now", '{"version":1,"verb":"stop"}\n', /the fields of stop/],
    [
      "an upgrade to a path that is none",
      '{"version":1,"verb":"upgrade","program":{"node":"node","cli":"/cli.js"}}\n',
      /the fields of upgrade/,
    ],
    ["an upgrade to nothing said", '{"version":1,"verb":"upgrade"}\n', /the fields of upgrade/],
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
    await play(t, path, (...asked) => (asked[0].verb === "drain" ? promise : status(...asked)), 50);
    const patient = exchange(path, '{"version":1,"verb":"drain"}\n');
    const silent = await open(path);
    await within(once(silent.resume(), "close"), "the silent one to be dropped");
    resolve(drained);
    assert.equal((await patient)[0]?.type, "done");
  });
});
