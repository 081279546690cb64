import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { test, type TestContext } from "node:test";
import { NAMED_CUTS, type ToPrimary } from "../../../src/protocol/ipc.ts";
import { sendBeats } from "../../../src/worker/traffic/heartbeat.ts";
import { Traffic } from "../../../src/worker/traffic/traffic.ts";
import { Connection } from "../../support/client.ts";

type Beat = Extract<ToPrimary, { type: "beat" }>;

/** Beats when told to, at a time of the test's. What is sent has left at once, while `reads`. */
function heart(traffic: Traffic) {
  const beats: Beat[] = [];
  const world = { now: 0, reads: true };
  let tick: (() => void) | undefined;
  const held: (() => void)[] = [];
  const send = (message: ToPrimary, sent = (): void => undefined): void => {
    if (message.type === "beat") beats.push(message);
    if (world.reads) sent();
    else held.push(sent);
  };
  const every = (_: number, beat: () => void): void => void (tick = beat);
  sendBeats(traffic, { send }, () => "closed", { now: () => world.now, every });
  const at = (now: number): Beat | undefined => {
    world.now = now;
    tick?.();
    return beats.at(-1);
  };
  return { beats, world, at, read: () => held.splice(0).forEach((sent) => sent()) };
}

test("a beat says how late it is", () => {
  const { at, beats } = heart(new Traffic());
  assert.equal(beats.length, 1);
  assert.equal(at(1000)?.figures.eventLoopLagMs, 0);
  assert.equal(at(2350)?.figures.eventLoopLagMs, 350);
  assert.equal(at(3350)?.figures.eventLoopLagMs, 0);
  assert.deepEqual(at(4000)?.underWay, []);
});

test("nothing piles up for a primary that does not read", () => {
  const { beats, world, at, read } = heart(new Traffic());
  world.reads = false;
  for (const second of [1, 2, 3]) at(second * 1000);
  assert.equal(beats.length, 2);
  read();
  at(4000);
  assert.equal(beats.length, 3);
});

async function listen(t: TestContext, server: Server, traffic: Traffic): Promise<number> {
  traffic.watchServer(server);
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

test("a beat names the oldest requests and streams under way, without their queries", async (t) => {
  const traffic = new Traffic();
  traffic.watchRequests();
  const held: ServerResponse[] = [];
  const streams: unknown[] = [];
  const plain = createServer((_, response) => void held.push(response));
  const port = await listen(t, plain, traffic);
  const http2 = createHttp2Server((request) => void streams.push(request));
  const session = connect(`http://127.0.0.1:${await listen(t, http2, traffic)}`);
  t.after(() => session.destroy());
  session.request({ ":path": "/stream?token=s3cret" }).on("error", () => undefined);
  while (streams.length === 0) await new Promise(setImmediate);
  const paths = ["/report?key=s3cret", `/${"x".repeat(5000)}`, ...Array.from({ length: NAMED_CUTS }, () => "/more")];
  const asked: Promise<unknown>[] = [];
  for (const [index, path] of paths.entries()) {
    const client = new Connection({ port });
    t.after(() => client.close());
    asked.push(client.request({ path }));
    while (held.length <= index) await new Promise(setImmediate);
  }

  const { at } = heart(traffic);
  const named = at(performance.now() + 5000)?.underWay ?? [];
  assert.equal(named.length, NAMED_CUTS);
  assert.deepEqual(
    named.slice(0, 4).map(({ method, path }) => `${method} ${path.slice(0, 8)}`),
    ["GET /stream", "GET /report", "GET /xxxxxxx", "GET /more"],
  );
  assert.ok((named[2]?.path.length ?? 0) <= 200);
  assert.ok(named.every(({ ms }, index) => ms >= 5000 && ms <= (named[index - 1]?.ms ?? Infinity)));
  for (const response of held) response.end();
  await Promise.all(asked);
});
