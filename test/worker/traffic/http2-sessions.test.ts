import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Http2Sessions } from "../../../src/worker/traffic/http2-sessions.ts";
import { until } from "../../support/wait.ts";

test("a first request that crosses the GOAWAY on its way is answered, and the session closes with it", async (t) => {
  const server = createServer((_request, response) => void response.end("answered")).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const sessions = new Http2Sessions(() => undefined);
  sessions.watch(server);
  const opened = once(server, "session");
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(() => client.destroy());
  const [[session]] = await Promise.all([opened, once(client, "remoteSettings")]);
  sessions.sayGoaway();
  const stream = client.request({ ":path": "/" });
  const closed = once(session, "close");
  assert.equal(await text(stream), "answered");
  await closed;
});

test("an answer to a request with a body counts", async (t) => {
  const server = createServer((request, response) => {
    request.resume().once("end", () => response.end("answered"));
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const closed: boolean[] = [];
  const sessions = new Http2Sessions((_, answered) => closed.push(answered !== null));
  sessions.watch(server);
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(() => client.destroy());
  const post = client.request({ ":path": "/", ":method": "POST" }).end("body");
  assert.equal(await text(post), "answered");
  await until(() => closed.length === 1, "the end of the stream");
  assert.deepEqual(closed, [true]);
});
