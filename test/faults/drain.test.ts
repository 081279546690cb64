import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect, request } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { download } from "../support/long-requests.ts";
import { inPlace, site } from "../support/releases.ts";
import { LONG, record } from "../support/reliability.ts";
import { slowLink } from "../support/slow-link.ts";
import { transports, type Transport } from "../support/transports.ts";
import { until } from "../support/wait.ts";
import { startWebSockets } from "../support/ws-client.ts";

const MANY = 500;

function startSite(t: TestContext, { serve }: Transport, flags: readonly string[], workers = 1): Promise<ReadyDrover> {
  const releases = inPlace(t);
  releases.deploy("1", site("1"));
  return start(t, releases.entry, serve({ workers, flags: ["--probation", "0s", "--log-level", "debug", ...flags] }));
}

async function toldOneByOne(t: TestContext, transport: Transport, count: number): Promise<void> {
  const drover = await startSite(t, transport, [], 2);
  const small = { messages: [Buffer.from("hello")], pauseMs: 1000 };
  const sockets = startWebSockets(t, transport.target(drover), { count, ...small });
  await until(() => sockets.open === count, "all WebSockets to echo");
  drover.signal("SIGHUP");
  const ledger = await drover.log.event("reloaded");
  const farewells = await sockets.stop();
  record({
    fault: `reload under ${count} WebSockets${transport.over}`,
    sent: farewells.length,
    lost: farewells.filter(({ how }) => how !== "told").length,
    note: "all closed in good order with 1012, spread over half a second per worker; counted by the ledger",
  });
  assert.deepEqual(new Set(farewells.map(({ how, code }) => `${how} ${code}`)), new Set(["told 1012"]));
  assert.equal(ledger["webSockets"], farewells.length);
  // The spread is the same whatever they speak: it is looked at where there are enough of them.
  if (count < MANY) return;
  const times = farewells.map(({ at }) => at).toSorted((a, b) => a - b);
  const busiest = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 50).length));
  assert.ok(busiest < MANY / 2, `${busiest} of ${count} within 50 ms`);
}

async function slowReader(t: TestContext, transport: Transport): Promise<void> {
  const drover = await startSite(t, transport, ["--idle-timeout", "200ms"]);
  const { exchange, done } = download(transport.target(drover), { bytes: 30_000_000 });
  await exchange.head;
  exchange.channel.pause();
  drover.signal("SIGHUP");
  const { pid } = await drover.log.event("draining");
  // Well behind the grace of idle connections.
  await delay(1000);
  exchange.channel.resume();
  const { outcome, pid: servedBy } = await done;
  const { finished, cut } = await drover.log.event("reloaded");
  record({
    fault: `reload under a 30 MB answer whose client does not read for a second${transport.over}`,
    sent: 1,
    lost: outcome === "ok" ? 0 : 1,
    note: "none, byte for byte; the reload waits for it and counts it as finished",
  });
  assert.deepEqual({ outcome, servedBy, finished, cut }, { outcome: "ok", servedBy: pid, finished: 1, cut: 0 });
}

async function deadline(t: TestContext, transport: Transport): Promise<void> {
  const drover = await startSite(t, transport, ["--drain-timeout", "1s", "--idle-timeout", "200ms"]);
  const target = transport.target(drover);
  const slow = request(target, { path: "/slow?ms=60000&secret=1" });
  const events = request(target, { path: "/slow?ms=100" });
  await events;
  drover.signal("SIGHUP");
  const { finished, cut } = await drover.log.event("reloaded");
  assert.deepEqual({ finished, cut }, { finished: 0, cut: 1 });
  const named = (await drover.log.event("cut"))["cut"] as { readonly what: string }[];
  assert.deepEqual(
    named.map(({ what }) => what),
    [transport.name === "h2" ? "HTTP/2 GET /slow" : "GET /slow"],
  );
  const { outcome } = await slow;
  record({
    fault: `reload under a request that takes longer than the drain timeout${transport.over}`,
    sent: 1,
    lost: 1,
    note: `that one: cut at the deadline, counted and named in the log; its client sees the connection ${outcome}`,
  });
  assert.ok(outcome === "reset" || outcome === "closed", outcome);
}

async function amidHandshake(t: TestContext, transport: Transport): Promise<void> {
  const drover = await startSite(t, transport, ["--idle-timeout", "50ms"]);
  const link = await slowLink(t, transport.target(drover));
  link.hold();
  const asked = request(link.target);
  await link.isHolding;
  drover.signal("SIGHUP");
  const { pid } = await drover.log.event("draining");
  // Well behind the grace of idle connections.
  await delay(500);
  link.release();
  const { outcome, response } = await asked;
  record({
    fault: `reload in the middle of a client's TLS handshake${transport.over}`,
    sent: 1,
    lost: outcome === "ok" ? 0 : 1,
    note: "none: the worker waits for the request behind it",
  });
  assert.deepEqual([outcome, response?.headers.get("x-pid")], ["ok", String(pid)]);
  await drover.log.event("reloaded");
}

async function crossing(t: TestContext, transport: Transport): Promise<void> {
  const drover = await startSite(t, transport, []);
  const link = await slowLink(t, transport.target(drover));
  const session = connect(link.target);
  assert.equal(await session.opened(), "ok");
  // Until the session stands on the server's side, too.
  await request(transport.target(drover));
  link.hold();
  drover.signal("SIGHUP");
  const { pid } = await drover.log.event("draining");
  // It would have come by now.
  await delay(300);
  const asked = session.request({}, false);
  await link.isHolding;
  await delay(100);
  link.release();
  const { outcome, response } = await asked;
  record({
    fault: `the first request of a connection crosses its worker's order to leave${transport.over}`,
    sent: 1,
    lost: outcome === "ok" ? 0 : 1,
    note: "none: a session that has not asked yet hears of it with its first answer",
  });
  assert.deepEqual([outcome, response?.headers.get("x-pid")], ["ok", String(pid)]);
  await drover.log.event("reloaded");
}

const RACERS = 300;
const GRACE_MS = 500;

async function racers(t: TestContext, transport: Transport): Promise<void> {
  const drover = await startSite(t, transport, ["--idle-timeout", `${GRACE_MS}ms`]);
  const target = transport.target(drover);
  const connections = Array.from({ length: RACERS }, () => connect(target));
  await Promise.all(connections.map((connection) => connection.request()));
  drover.signal("SIGHUP");
  await drover.log.event("draining");
  const asked = connections.map(async (connection) => {
    // Wide enough for a busy machine.
    await delay(GRACE_MS - 100 + Math.random() * 400);
    if (connection.ended) return "ended before";
    return (await connection.request()).outcome;
  });
  const outcomes = await Promise.all(asked);
  await drover.log.event("reloaded");
  const lost = outcomes.filter((outcome) => outcome === "reset" || outcome === "closed");
  const sent = outcomes.filter((outcome) => outcome !== "ended before");
  record({
    fault: `a request sent in the very moment its idle connection is closed, ${RACERS} times${transport.over}`,
    sent: sent.length,
    lost: lost.length,
    note: "some: HTTP/1.1 leaves this race to the client, which sees that nothing was answered; none hangs, none gets half an answer",
  });
  assert.equal(outcomes.filter((outcome) => outcome === "hung" || outcome === "bad").length, 0);
  // A busy machine may let all of them ask before the close, or after it.
  if (LONG) assert.ok(outcomes.includes("ok") && outcomes.includes("ended before"), "they came before and after it");
  const again = await Promise.all(lost.map(() => request(target)));
  assert.ok(again.every(({ response }) => response?.status === 200));
}

for (const transport of transports) {
  const count = LONG || transport.name === "http" ? MANY : 100;
  test(`${count} WebSockets are told one after the other and all close in good order${transport.over}`, (t) =>
    toldOneByOne(t, transport, count));
  test(`an answer whose client reads slowly is delivered to the last byte after everything else has left${transport.over}`, (t) =>
    slowReader(t, transport));
  test(`what is still open at the deadline is cut, counted and named, without its query${transport.over}`, (t) =>
    deadline(t, transport));
  if (transport.name !== "http") {
    test(`a client in the middle of its handshake is answered${transport.over}`, (t) => amidHandshake(t, transport));
  }
  test(`the first request of a connection that crosses the order to leave is answered${transport.over}`, (t) =>
    crossing(t, transport));
  // HTTP/2 has no such race: what crosses a GOAWAY is refused, and its client knows that nobody has looked at it.
  if (transport.name === "h2") continue;
  test(`a request that is sent as its idle connection is closed gets an answer or a closed connection, and is safe to repeat${transport.over}`, (t) =>
    racers(t, transport));
}
