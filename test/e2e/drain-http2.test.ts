import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { connect as connectTcp } from "node:net";
import { suite, test, type TestContext } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { createCertificate } from "../support/certificate.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { ledger, reload } from "../support/leaving.ts";
import { within } from "../support/wait.ts";

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

function site(t: TestContext, ...flags: readonly string[]): Promise<ReadyDrover> {
  return start(t, app("drain/h2.js"), { workers: 1, flags: ["--probation", "0", ...flags] });
}

async function open(t: TestContext, { port }: ReadyDrover, tls?: TLSSocket): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`, tls && { createConnection: () => tls });
  t.after(() => session.destroy());
  // The server is away once it has gone: what matters is what becomes of the streams.
  session.on("error", () => undefined);
  await once(session, "connect");
  return session;
}

/** What became of a stream: its body, or the code it was reset with. */
function outcome(stream: ClientHttp2Stream): Promise<string | number> {
  let body = "";
  stream.setEncoding("utf8").on("data", (text: string) => (body += text));
  stream.on("error", () => undefined);
  const closed = once(stream, "close").catch(() => undefined);
  return within(
    closed.then(() => (stream.rstCode === NGHTTP2_NO_ERROR ? body : (stream.rstCode ?? -1))),
    "the end of a stream",
  );
}

/** Answered after everything that was sent before it has arrived. */
function ping(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.ping((error) => (error ? reject(error) : resolve()));
  });
}

suite("a leaving worker of an HTTP/2 app", () => {
  test("finishes the open streams of a session, and counts those that are answered in full", async (t) => {
    const drover = await site(t);
    const session = await open(t, drover);
    const goaway = once(session, "goaway");
    const streams = Array.from({ length: 20 }, () => outcome(session.request({ ":path": "/?ms=1500" })));
    const cancelled = session.request({ ":path": "/?ms=1500" });
    const lost = outcome(cancelled);
    await ping(session);
    const told = reload(drover);
    assert.equal((await within(goaway, "GOAWAY"))[0], NGHTTP2_NO_ERROR);
    cancelled.close(NGHTTP2_CANCEL);
    assert.deepEqual(new Set(await Promise.all(streams)), new Set(["done"]));
    assert.equal(await lost, NGHTTP2_CANCEL);
    assert.deepEqual(ledger(await told), { finished: 20, cut: 0, webSockets: 0, eventStreams: 0 });
  });

  test("answers or refuses each of the streams that come one after the other meanwhile", async (t) => {
    const drover = await site(t);
    const session = await open(t, drover);
    const goaway = once(session, "goaway");
    const streams: Promise<string | number>[] = [];
    const ask = (): void => {
      if (session.closed || session.destroyed) return clearInterval(timer);
      for (let count = 0; count < 5; count += 1) streams.push(outcome(session.request({ ":path": "/?ms=20" })));
    };
    const timer = setInterval(ask, 1);
    t.after(() => clearInterval(timer));
    await streams[0];
    const told = reload(drover);
    await within(goaway, "GOAWAY");
    const outcomes = await Promise.all(streams);
    await told;
    const others = outcomes.filter((one) => one !== "done" && one !== NGHTTP2_REFUSED_STREAM);
    assert.deepEqual(others, []);
    assert.ok(outcomes.filter((one) => one === "done").length > 10);
  });

  test("answers the first request of a session that opens meanwhile, and says GOAWAY with it", async (t) => {
    const { key, cert } = createCertificate();
    const env = { TEST_TLS_KEY: key, TEST_TLS_CERT: cert };
    const drover = await start(t, app("http2.js"), { workers: 1, env, flags: ["--probation", "0"] });
    const tls = { ca: cert, servername: "localhost", ALPNProtocols: ["h2"] };
    const told = await open(t, drover, connectTls({ ...tls, port: drover.port, host: "127.0.0.1" }));
    // Accepted, and a session only when its handshake is done.
    const accepted = connectTcp(drover.port, "127.0.0.1");
    await once(accepted, "connect");
    // One that has brought no request yet is not told at once.
    await outcome(told.request());
    const reloaded = reload(drover);
    await within(once(told, "goaway"), "GOAWAY");
    const session = await open(t, drover, connectTls({ ...tls, socket: accepted }));
    const goaway = once(session, "goaway");
    let answered = false;
    const answer = outcome(session.request({ ":path": "/slow?ms=500" })).finally(() => (answered = true));
    assert.equal((await within(goaway, "GOAWAY"))[0], NGHTTP2_NO_ERROR);
    assert.equal(answered, false);
    const { pid } = JSON.parse(String(await answer));
    assert.equal(pid, drover.log.events("worker-started")[0]?.pid);
    assert.deepEqual(ledger(await reloaded), { finished: 1, cut: 0, webSockets: 0, eventStreams: 0 });
  });

  for (const path of ["/events", "/events/stream"]) {
    test(`ends the event stream ${path} with all that was sent, and the app may write on meanwhile`, async (t) => {
      const drover = await site(t);
      const session = await open(t, drover);
      const events = session.request({ ":path": path });
      await once(events, "response");
      // Nobody reads it for this long, so that it is ended and not taken.
      const slow = outcome(session.request({ ":path": "/?ms=3000" }));
      await ping(session);
      const told = reload(drover);
      assert.equal(await slow, "done");
      const sizes = String(await outcome(events))
        .split("\n\n")
        .map(({ length }) => length);
      assert.equal(sizes.pop(), 0);
      assert.deepEqual(new Set(sizes), new Set(["data: ".length + 65_536]));
      assert.deepEqual(ledger(await told), { finished: 1, cut: 0, webSockets: 0, eventStreams: 1 });
      assert.deepEqual(drover.log.events("worker-leaving"), []);
    });
  }

  test("names the streams it cuts at the deadline", async (t) => {
    const drover = await site(t, "--drain-timeout", "1s");
    const session = await open(t, drover);
    const stream = outcome(session.request({ ":path": "/export?ms=60000" }));
    await ping(session);
    const told = await reload(drover);
    assert.notEqual(await stream, "done");
    assert.deepEqual(ledger(told), { finished: 0, cut: 1, webSockets: 0, eventStreams: 0 });
    assert.match(String((await drover.log.event("cut")).msg), /HTTP\/2 GET \/export \(/);
  });
});
