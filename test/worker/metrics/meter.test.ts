import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { ToPrimary } from "../../../src/protocol/ipc.ts";
import { Meter } from "../../../src/worker/metrics/meter.ts";
import { Traffic } from "../../../src/worker/traffic/traffic.ts";
import { ask, openSession } from "../../support/http2-session.ts";

test("an HTTP/2 stream that ends without an answer is not counted by kind, and does the app no harm", async (t) => {
  const server = createServer((request, response) => {
    if (request.url === "/") return void response.end("answered");
    request.stream.end();
    request.stream.close();
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const traffic = new Traffic();
  traffic.watchServer(server);
  const told: ToPrimary[] = [];
  const meter = new Meter(traffic, { send: (message) => void told.push(message) });
  const session = await openSession(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  assert.equal((await ask(session, { ":path": "/none" })).status, 0);
  assert.equal((await ask(session, { ":path": "/" })).status, 200);
  await meter.lastWord();
  const series = told.flatMap((message) => (message.type === "requests" ? message.series : []));
  assert.deepEqual(
    series.map(({ method, status }) => [method, status]),
    [["GET", "200"]],
  );
});
