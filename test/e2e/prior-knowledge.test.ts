import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http2";
import { connect, type Socket } from "node:net";
import { suite, test, type TestContext } from "node:test";
import { WebSocket } from "ws";
import { request } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { END_STREAM, FRAME, get, RawHttp2 } from "../support/http2-frames.ts";
import { ask, openSession } from "../support/http2-session.ts";
import { ledger, reload } from "../support/leaving.ts";
import { need } from "../support/tools.ts";
import { until, within } from "../support/wait.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const EMPTY_SETTINGS = "\0\0\0\x04\0\0\0\0\0";
const BODY = randomBytes(300_000);

function site(t: TestContext, entry: string, flags: readonly string[] = [], workers = 1): Promise<ReadyDrover> {
  return start(t, app(entry), { workers, flags: ["--http2", "all", ...flags] });
}

/** Sends byte by byte, each in a packet of its own. */
async function trickle(socket: Socket, text: string): Promise<void> {
  socket.setNoDelay(true);
  for (const byte of Buffer.from(text, "latin1")) {
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function open(t: TestContext, port: number): Socket {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  t.after(() => socket.destroy());
  return socket;
}

function run(tool: string, ...args: string[]): string {
  return execFileSync(tool, args, { encoding: "utf8" });
}

async function firstBytes(socket: Socket): Promise<Buffer> {
  const [bytes] = (await within(once(socket, "data"), "the first bytes")) as [Buffer];
  return bytes;
}

suite("with http2: all a plain listener takes both HTTP/2 by prior knowledge and HTTP/1.1", () => {
  for (const entry of [
    "express4-export.cjs",
    "express5-export.js",
    "koa3/app.js",
    "fastify-export.js",
    "hono-export.js",
    "forms/server-export.js",
    "express4.cjs",
    "express5.js",
    "koa3/server.js",
    "fastify.js",
    "nest.js",
    "http.js",
  ]) {
    test(entry, async (t) => {
      const { port } = await site(t, entry);
      const session = await openSession(t, `http://127.0.0.1:${port}`);
      const [first, second] = await Promise.all([ask(session), ask(session)]);
      assert.equal(first.status, 200);
      assert.equal(second.status, 200);
      const pid = (JSON.parse(first.body) as { readonly pid: number }).pid;
      const http1 = await request({ port });
      assert.equal((JSON.parse(http1.response?.body.toString() ?? "{}") as { readonly pid: number }).pid, pid);
      const type = { ":path": "/echo", "content-type": "application/octet-stream" };
      const echo = await ask(session, type, BODY.toString("base64"));
      assert.deepEqual([echo.status, echo.body], [200, BODY.toString("base64")]);
    });
  }

  test("whatever the pieces are in which the first bytes arrive", async (t) => {
    const { port } = await site(t, "http.js");
    const http2 = open(t, port);
    await trickle(http2, PREFACE + EMPTY_SETTINGS);
    // Type SETTINGS.
    assert.equal((await firstBytes(http2))[3], 4);
    for (const method of ["PROPFIND", "GET"]) {
      const http1 = open(t, port);
      await trickle(http1, `${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      assert.match((await firstBytes(http1)).toString(), /^HTTP\/1\.1 200/);
    }
    const neither = open(t, port).resume();
    neither.write(PREFACE.replace("SM", "XX"));
    await within(once(neither, "close"), "the end of a connection that speaks neither");
  });

  test("one that says nothing, or not enough, is cut by the timeout for headers", async (t) => {
    const { port } = await site(t, "http.js", ["--headers-timeout", "1s"]);
    for (const said of ["", "P", PREFACE.slice(0, -1), PREFACE, `${PREFACE}\0\0\0\x04`]) {
      const socket = open(t, port).resume();
      socket.write(said);
      await within(once(socket, "close"), `the end of a connection that says ${JSON.stringify(said)}`);
    }
  });

  test("one that its client has closed is over, without a word of HTTP/2 about it", async (t) => {
    const { port } = await site(t, "http.js");
    const client = new RawHttp2(t, { port }).greet().send(get(1, "/"));
    await until(() => client.of(FRAME.data).some(({ flags }) => flags === END_STREAM), "the whole answer");
    client.socket.end();
    await within(client.closed, "the server's end of it");
  });

  test("WebSockets work as before, and who asks for an upgrade to h2c is answered in HTTP/1.1", async (t) => {
    const { port } = await site(t, "sockets/websocket.js");
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}`);
    await within(once(webSocket, "open"), "the WebSocket");
    webSocket.send("hello");
    const [said] = (await within(once(webSocket, "message"), "its echo")) as [Buffer];
    assert.equal(said.toString(), "1 hello");
    webSocket.terminate();
    const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQAAP__" };
    const { response } = await request({ port }, { headers });
    assert.equal(response?.status, 200);
  });

  test("trailers arrive, as gRPC wants them, and a call may be silent for longer than an upload", async (t) => {
    const { port } = await site(t, "http2/target.js", ["--read-timeout", "1s"]);
    const session = await openSession(t, `http://127.0.0.1:${port}`);
    const call = session.request({ ":path": "/trailers", ":method": "POST", "content-type": "application/grpc" });
    const silent = session.request({ ":path": "/upload", ":method": "POST" }).on("error", () => undefined);
    silent.write("some");
    const [refused] = (await within(once(silent, "response"), "the end of a silent upload")) as [IncomingHttpHeaders];
    assert.equal(refused[":status"], 408);
    call.resume().end("message");
    const [trailers] = (await within(once(call, "trailers"), "the trailers")) as [IncomingHttpHeaders];
    assert.equal(trailers["grpc-status"], "0");
  });

  test("curl, nghttp and h2load are served", async (t) => {
    if (!need(t, "curl", "curl") || !need(t, "h2load", "nghttp2-client")) return;
    const { url } = await site(t, "koa3/app.js");
    assert.match(run("curl", "-s", "--http2-prior-knowledge", "-w", "%{http_version}", url), /2$/);
    assert.match(run("nghttp", "-ns", url), /200/);
    assert.match(run("h2load", "-n200", "-c4", "-m20", url), /200 succeeded, 0 failed/);
  });
});

suite("requests of HTTP/2", () => {
  test("are in the access log, one line each, with their protocol", async (t) => {
    const drover = await site(t, "http.js", ["--access-log"]);
    const session = await openSession(t, `http://127.0.0.1:${drover.port}`);
    await ask(session, { ":path": "/?secret=1" });
    await ask(session, { ":path": "/nowhere" });
    await ask(session, { ":path": "/echo" }, "text");
    const left = session.request({ ":path": "/slow?ms=60000" }).on("error", () => undefined);
    left.end();
    await until(async () => (await ask(session)).status === 200, "what comes after it");
    left.close(8);
    await request({ port: drover.port });
    const lines = await until(() => {
      const found = drover.log.lines.filter((line) => line["event"] === "request");
      return found.length >= 6 && found;
    }, "the lines");
    const shown = lines.map((line) =>
      [line["protocol"], line["method"], line["path"], line["status"], line["aborted"]].join(" "),
    );
    assert.deepEqual(shown.toSorted(), [
      "HTTP/1.1 GET / 200 ",
      "HTTP/2.0 GET / 200 ",
      "HTTP/2.0 GET / 200 ",
      "HTTP/2.0 GET /nowhere 404 ",
      "HTTP/2.0 GET /slow  true",
      "HTTP/2.0 POST /echo 200 ",
    ]);
    for (const line of lines) assert.match(String(line["ip"]), /127\.0\.0\.1$/);
  });

  test("count for the cap: what is beyond it gets 503, and the session goes on", async (t) => {
    for (const entry of ["http.js", "koa3/app.js", "h2c.js"]) {
      const drover = await site(t, entry, ["--max-in-flight", "3"]);
      const session = await openSession(t, `http://127.0.0.1:${drover.port}`);
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          ask(session, { ":path": "/slow?ms=500" }, entry === "koa3/app.js" ? "x" : undefined),
        ),
      );
      if (entry !== "koa3/app.js") {
        const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
        assert.deepEqual(statuses, [200, 200, 200, 503, 503, 503, 503, 503, 503, 503], entry);
        assert.equal(answers.find(({ status }) => status === 503)?.headers["retry-after"], "1");
      }
      assert.equal((await ask(session)).status, 200);
      await drover.stop();
    }
  });

  test("finish when their worker leaves, and are in the account of it", async (t) => {
    const drover = await site(t, "http.js", ["--probation", "0"]);
    const session = await openSession(t, `http://127.0.0.1:${drover.port}`);
    const goaway = once(session, "goaway");
    const asked = Array.from({ length: 10 }, () => ask(session, { ":path": "/slow?ms=1500" }));
    await ask(session);
    const told = reload(drover);
    await within(goaway, "GOAWAY");
    for (const { status, reset } of await Promise.all(asked)) assert.deepEqual([status, reset], [200, 0]);
    assert.deepEqual(ledger(await told), { finished: 10, cut: 0, webSockets: 0, eventStreams: 0 });
  });

  test("of which one throws: that one is reset, and the others of its session are answered", async (t) => {
    const drover = await site(t, "http.js");
    const session = await openSession(t, `http://127.0.0.1:${drover.port}`);
    const others = Array.from({ length: 5 }, () => ask(session, { ":path": "/slow?ms=800" }));
    await ask(session);
    const culprit = await ask(session, { ":path": "/throw-later" });
    assert.deepEqual([culprit.status, culprit.reset], [0, 2]);
    for (const { status } of await Promise.all(others)) assert.equal(status, 200);
  });
});
