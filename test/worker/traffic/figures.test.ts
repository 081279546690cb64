import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, createServer as createHttp2Server, type Http2ServerResponse } from "node:http2";
import type { Server } from "node:net";
import { test, type TestContext } from "node:test";
import { FigureTaker } from "../../../src/worker/traffic/figures.ts";
import { Traffic } from "../../../src/worker/traffic/traffic.ts";
import { Connection } from "../../support/client.ts";

async function listen(t: TestContext, server: Server, traffic: Traffic): Promise<number> {
  traffic.watchServer(server);
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

test("the figures count what is open and what was answered, over HTTP/1 and HTTP/2", async (t) => {
  const traffic = new Traffic();
  traffic.watchRequests();
  const held: (ServerResponse | Http2ServerResponse)[] = [];
  const answer = (url: string | undefined, res: ServerResponse | Http2ServerResponse): void => {
    if (url === "/held") held.push(res);
    else res.end("done");
  };
  const port = await listen(
    t,
    createServer(({ url }, res) => answer(url, res)),
    traffic,
  );
  const h2Port = await listen(
    t,
    createHttp2Server(({ url }, res) => answer(url, res)),
    traffic,
  );

  const kept = new Connection({ port });
  const busy = new Connection({ port });
  const session = connect(`http://127.0.0.1:${h2Port}`);
  t.after(() => [kept, busy, session].forEach((one) => one.close()));
  await kept.request();
  await kept.request();
  await once(session.request({ ":path": "/" }).resume(), "close");
  const waiting = busy.request({ path: "/held" });
  const stream = session.request({ ":path": "/held" }).resume();
  while (held.length < 2) await new Promise(setImmediate);

  const taker = new FigureTaker(traffic);
  const { connections, inFlight, requests, rssBytes, heapUsedBytes, elu, eventLoopLagMs, durations } =
    await taker.take();
  assert.deepEqual({ connections, inFlight, requests }, { connections: 3, inFlight: 2, requests: 3 });
  assert.ok(rssBytes > heapUsedBytes && heapUsedBytes > 0);
  assert.ok(elu > 0 && elu <= 1 && eventLoopLagMs >= 0);

  for (const response of held) response.end();
  await Promise.all([waiting, once(stream, "close")]);
  const after = await taker.take();
  assert.deepEqual([after.inFlight, after.requests], [0, 5]);
  assert.deepEqual([sum(durations), sum(after.durations)], [3, 5], "each answered request has a duration");
});

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
