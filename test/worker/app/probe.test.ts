import assert from "node:assert/strict";
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer, createServer as createHttp2 } from "node:http2";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp, type Server } from "node:net";
import { suite, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { probe } from "../../../src/worker/app/probe.ts";
import { createCertificate } from "../../support/certificate.ts";

type App = (request: IncomingMessage, response: ServerResponse) => void;

const tls = createCertificate();
const demanding = { ...tls, requestCert: true, rejectUnauthorized: true };

const SERVERS: Readonly<Record<string, (app: App) => Server>> = {
  http: (app) => createHttp(app),
  https: (app) => createHttps(tls, app),
  "http/2 in clear text": (app) => createHttp2(app as never),
  "http/2 over TLS": (app) => createSecureServer(tls, app as never),
  "https that wants certificates": (app) => createHttps(demanding, app),
  "http/2 that wants certificates": (app) => createSecureServer(demanding, app as never),
  "http/2 over TLS, or http/1": (app) => createSecureServer({ ...tls, allowHTTP1: true }, app as never),
};

const answer =
  (status: number): App =>
  (_request, response) => {
    response.statusCode = status;
    response.end("whatever");
  };

for (const [name, create] of Object.entries(SERVERS)) {
  suite(`a server of ${name} that does not listen`, () => {
    const ANSWERS: readonly [status: number, says: string | null][] = [
      [200, null],
      [204, null],
      [302, null],
      [404, "GET /healthz answered 404"],
      [503, "GET /healthz answered 503"],
    ];
    for (const [status, says] of ANSWERS) {
      test(`${says === null ? "passes" : "does not pass"} with ${status}`, async () => {
        assert.equal(await probe(create(answer(status)), "/healthz"), says);
      });
    }

    test("does not pass without an answer", async () => {
      const ignored = create(() => undefined);
      assert.equal(await probe(ignored, "/healthz"), "GET /healthz got no answer within 1 s");
    });

    test("does not pass when it cuts the connection, and can be asked again", async () => {
      let asked = 0;
      const server = create((request, response) => {
        asked += 1;
        if (asked === 1) request.socket.destroy();
        else answer(200)(request, response);
      });
      assert.match((await probe(server, "/healthz")) ?? "passed", /^GET \/healthz (failed: |got no answer)/);
      assert.equal(await probe(server, "/healthz"), null);
    });
  });
}

test("the app sees a request as from this machine, with the path and query as they were given", async () => {
  const seen: unknown[] = [];
  const server = createHttp((request, response) => {
    const { method, url, headers, socket } = request;
    seen.push({ method, url, host: headers.host, agent: headers["user-agent"], from: socket.remoteAddress });
    // What frameworks do with a connection must not fail.
    socket.setNoDelay(true).setKeepAlive(true).setTimeout(1_000);
    response.end();
  });
  assert.equal(await probe(server, "/healthz?deep=1"), null);
  const from = { host: "localhost", agent: "drover-probe", from: "127.0.0.1" };
  assert.deepEqual(seen, [{ method: "GET", url: "/healthz?deep=1", ...from }]);
});

for (const name of ["https that wants certificates", "http/2 over TLS", "http/2 over TLS, or http/1"]) {
  test(`an app of ${name} may ask who its client is`, async () => {
    const seen: unknown[] = [];
    const server = SERVERS[name]?.(({ socket }, response) => {
      const { authorized, encrypted } = socket as TLSSocket;
      seen.push([encrypted, authorized, (socket as TLSSocket).getPeerCertificate()]);
      response.end();
    });
    assert.equal(await probe(server, "/"), null);
    assert.deepEqual(seen, [[true, false, {}]]);
  });
}

test("an early hint is not the answer", async () => {
  const server = createHttp((_request, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
    answer(503)(_request, response);
  });
  assert.equal(await probe(server, "/"), "GET / answered 503");
});

test("what speaks no HTTP cannot be asked", async () => {
  const says = "GET / could not be asked: the app has opened no HTTP server";
  assert.equal(await probe(createTcp(), "/"), says);
  assert.equal(await probe(undefined, "/"), says);
});
