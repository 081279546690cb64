import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { ClientHttp2Session } from "node:http2";
import { request as httpsRequest } from "node:https";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { before, suite, test, type TestContext } from "node:test";
import { WebSocket } from "ws";
import { createChain, createSelfSigned, type Chain } from "../support/certificates.ts";
import { Connection, request } from "../support/client.ts";
import { start, type DroverOptions, type ReadyDrover } from "../support/drover.ts";
import { app, freePort, temporaryFolder } from "../support/fixture.ts";
import { END_STREAM, FRAME, get, RawHttp2 } from "../support/http2-frames.ts";
import { ask, openSession } from "../support/http2-session.ts";
import { describe, startLoad } from "../support/load.ts";
import { until, within } from "../support/wait.ts";

const BODY = randomBytes(300_000).toString("base64");

/** Which server of the app answers on 127.0.0.1. */
async function answering(port: number, ca?: string): Promise<unknown> {
  const { response } = await request({ host: "127.0.0.1", port, ...(ca ? { ca } : {}) });
  return (JSON.parse(response?.body.toString() ?? "{}") as { readonly server: string }).server;
}

suite("an app that listens by itself speaks TLS where a certificate is configured", () => {
  let chain: Chain;
  before(async () => {
    chain = await createChain({ names: ["localhost", "127.0.0.1"] });
  });

  function site(t: TestContext, entry: string, options: DroverOptions = {}): Promise<ReadyDrover> {
    const folder = temporaryFolder(t);
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    writeFileSync(cert, chain.cert);
    writeFileSync(key, chain.key);
    const flags = ["--tls-cert", cert, "--tls-key", key, "--probation", "0", ...(options.flags ?? [])];
    return start(t, app(entry), { workers: 1, ...options, flags });
  }

  for (const entry of ["express4.cjs", "express5.js", "koa3/server.js", "fastify.js", "nest.js", "http.js"]) {
    test(entry, async (t) => {
      const { port, url } = await site(t, entry);
      assert.match(url, /^https:/);
      const session = await openSession(t, `https://localhost:${port}`, { ca: chain.root });
      assert.equal(session.alpnProtocol, "h2");
      const { status, body } = await ask(session);
      assert.equal(status, 200);
      const { pid } = JSON.parse(body) as { readonly pid: number };
      const http1 = await request({ port, ca: chain.root });
      assert.equal((JSON.parse(http1.response?.body.toString() ?? "{}") as { readonly pid: number }).pid, pid);
      const type = { ":path": "/echo", "content-type": "application/octet-stream" };
      const echo = await ask(session, type, BODY);
      assert.deepEqual([echo.status, echo.body], [200, BODY]);
      assert.equal((await request({ port })).response?.status, 400, "plain HTTP is not spoken there");
    });
  }

  test("its WebSockets too", async (t) => {
    const { port } = await site(t, "sockets/websocket.js");
    const webSocket = new WebSocket(`wss://localhost:${port}`, { ca: chain.root });
    await within(once(webSocket, "open"), "the WebSocket");
    webSocket.send("hello");
    const [said] = (await within(once(webSocket, "message"), "its echo")) as [Buffer];
    assert.equal(said.toString(), "1 hello");
    webSocket.terminate();
  });

  test("in HTTP/1.1 alone with http2: off", async (t) => {
    const { port } = await site(t, "express5.js", { flags: ["--http2", "off"] });
    assert.equal((await request({ port, ca: chain.root })).response?.status, 200);
    await assert.rejects(openSession(t, `https://localhost:${port}`, { ca: chain.root, ALPNProtocols: ["h2"] }));
  });

  test("other servers of it stay as they are, and the log says so", async (t) => {
    const [admin, tls, tcp] = [await freePort(), await freePort(), await freePort()];
    const own = await createSelfSigned({ names: ["localhost", "127.0.0.1"] });
    const ports = { ADMIN_PORT: String(admin), TLS_PORT: String(tls), TCP_PORT: String(tcp) };
    const env = { ...ports, TEST_TLS_CERT: own.cert, TEST_TLS_KEY: own.key };
    const drover = await site(t, "tls/own-way.js", { port: await freePort(), env });
    assert.equal(await answering(drover.port, chain.root), "public");
    assert.equal(await answering(admin), "admin");
    assert.equal(await answering(tls, own.cert), "own");
    assert.equal(await text(connectTcp(tcp, "127.0.0.1")), "bare");
    const lines = drover.log.events("listening").map(({ msg }) => msg?.replace(/^.*:(\d+)/, "$1"));
    assert.deepEqual(
      new Set(lines),
      new Set([
        `${drover.port}`,
        `${admin}, without TLS: TLS is for the app's own address, which --port names`,
        `${tls}, as the app's own TLS server, with the app's certificates`,
        `${tcp}, without TLS: TLS is for http servers`,
      ]),
    );
    assert.equal(new URL(drover.url).port, String(drover.port), "the app's address comes first");
  });

  test("its settings, its address and its other listeners count", async (t) => {
    const { port } = await site(t, "tls/closes.js");
    const expecting = httpsRequest({ port, ca: chain.root, method: "POST", headers: { expect: "100-continue" } });
    expecting.once("continue", () => expecting.end("x"));
    expecting.flushHeaders();
    const [answer] = (await within(once(expecting, "response"), "an answer")) as [IncomingMessage];
    assert.equal(answer.headers["x-continued"], "yes");
    answer.destroy();
    const kept = new Connection({ port, ca: chain.root });
    assert.match((await kept.request()).response?.headers.get("keep-alive") ?? "", /timeout=100/);
    kept.socket.write("no HTTP\r\n\r\n");
    const [bytes] = (await within(once(kept.socket, "data"), "an answer to what is no HTTP")) as [Buffer];
    assert.match(bytes.toString(), /418 Teapot/);
    const session = await openSession(t, `https://localhost:${port}`, { ca: chain.root });
    const { headers } = await ask(session, { expect: "100-continue" }, "x");
    assert.equal(headers["x-continued"], "yes");
  });

  test("a connection that its client has closed is over, without a word of HTTP/2 about it", async (t) => {
    const { port } = await site(t, "http.js");
    const client = new RawHttp2(t, { port, ca: chain.root }).greet().send(get(1, "/"));
    await until(() => client.of(FRAME.data).some(({ flags }) => flags === END_STREAM), "the whole answer");
    client.socket.end();
    await within(client.closed, "the server's end of it");
  });

  test("what the app closes by itself ends, idle connections included", async (t) => {
    const drover = await site(t, "tls/closes.js", { flags: ["--idle-timeout", "0"] });
    const kept = new Connection({ port: drover.port, ca: chain.root });
    assert.equal((await kept.request()).response?.status, 200);
    assert.deepEqual(await drover.stop(), { code: 0, signal: null });
    const { killed } = (await drover.log.event("stopped")) as unknown as { readonly killed: number };
    assert.equal(killed, 0);
  });

  test("reloads lose no request of HTTP/1.1 and no stream of HTTP/2", async (t) => {
    const drover = await site(t, "http.js", { workers: 2 });
    const load = startLoad(t, { port: drover.port, ca: chain.root }, { clients: 4 });
    const session = (): Promise<ClientHttp2Session> =>
      openSession(t, `https://localhost:${drover.port}`, { ca: chain.root });
    for (let generation = 2; generation <= 4; generation += 1) {
      const sessions = await Promise.all([session(), session()]);
      const streams = sessions.flatMap((one) =>
        Array.from({ length: 10 }, () => ask(one, { ":path": "/slow?ms=700" })),
      );
      await Promise.all(sessions.map((one) => ask(one)));
      drover.signal("SIGHUP");
      await drover.log.event("reloaded", (line) => line["generation"] === generation);
      for (const { status, reset } of await Promise.all(streams)) assert.deepEqual([status, reset], [200, 0]);
    }
    const samples = await load.stop();
    assert.equal(describe(samples.filter(({ answer }) => answer.outcome !== "ok")), "");
    assert.ok(samples.length > 0);
  });
});
