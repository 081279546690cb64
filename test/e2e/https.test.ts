import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { suite, test, type TestContext } from "node:test";
import { connect, type ConnectionOptions } from "node:tls";
import { createAuthority, createChain, type Chain } from "../support/certificates.ts";
import { Connection, request, type Answer } from "../support/client.ts";
import { start, type DroverOptions, type ReadyDrover } from "../support/drover.ts";
import { app, freePort, temporaryFolder } from "../support/fixture.ts";
import { ledger, reload, stop } from "../support/leaving.ts";
import { clientSays } from "../support/openssl.ts";
import { overHttp, overHttp2, rollCall } from "../support/roll-call.ts";
import { shakeHands } from "../support/secure-server.ts";
import { beginSession, resume } from "../support/tls-session.ts";
import { need } from "../support/tools.ts";
import { within } from "../support/wait.ts";

const chain = await createChain({ intermediates: 3 });
const { root: ca } = chain;

interface Files {
  readonly folder: string;
  /** Flags that name them: the leaf, its key, and one file for each intermediate. */
  readonly flags: readonly string[];
}

function files(t: TestContext, { cert, key, intermediates, root }: Chain = chain): Files {
  const folder = temporaryFolder(t);
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  write("root.pem", root);
  const pair = ["--tls-cert", write("cert.pem", cert), "--tls-key", write("key.pem", key)];
  // In no order of any use.
  const above = intermediates.toReversed().flatMap((one, index) => ["--tls-ca", write(`${index}.pem`, one)]);
  return { folder, flags: [...pair, ...above] };
}

interface HttpsOptions extends DroverOptions {
  readonly entry?: string;
}

function startHttps(t: TestContext, options: HttpsOptions = {}): Promise<ReadyDrover> {
  const { entry = app("forms/handler-default.js"), flags = [] } = options;
  return start(t, entry, { ...options, flags: [...files(t).flags, "--probation", "0", ...flags] });
}

suite("an exported app with a certificate", () => {
  test("is served over HTTPS and HTTP/2 by all its workers, and its address says so", async (t) => {
    const drover = await startHttps(t);
    assert.equal(drover.url, `https://localhost:${drover.port}`);
    const target = { port: drover.port, ca };
    for (const ask of [overHttp(target), overHttp2(target)]) {
      const heard = await rollCall(ask, 2);
      assert.deepEqual(
        heard.map(({ pid }) => pid),
        [...drover.workers().values()],
      );
    }
    const { stdout } = await drover.verb("status", "--json");
    assert.deepEqual(JSON.parse(stdout).listeners, [
      { address: `*:${drover.port}`, protocol: "https+http2", slot: null, coveredBy: null },
    ]);
  });

  test("speaks HTTP/1.1 alone where HTTP/2 is off", async (t) => {
    const drover = await startHttps(t, { flags: ["--http2", "off"] });
    assert.equal((await rollCall(overHttp({ port: drover.port, ca }), 2)).length, 2);
    assert.equal(drover.log.events("listening")[0]?.["protocol"], "https");
  });

  test("sends the whole chain, of which its intermediates are files of their own, and so it does after a swap", async (t) => {
    if (!need(t, "openssl", "openssl")) return;
    const authority = await createAuthority({ intermediates: 3 });
    const { root, intermediates } = authority;
    const { folder, flags } = files(t, { root, intermediates, ...(await authority.issue()) });
    const drover = await start(t, app("forms/handler-default.js"), { flags });
    const verified = async (): Promise<string | undefined> => {
      const said = await clientSays(drover.port, "-verify_return_error", "-CAfile", join(folder, "root.pem"));
      assert.match(said, /Verification: OK.*HTTP\/1\.1 200/s);
      return /-----BEGIN CERTIFICATE-----.*?-----END/s.exec(said)?.[0];
    };
    const before = await verified();
    const { key, cert } = await authority.issue();
    writeFileSync(join(folder, "key.pem"), key);
    writeFileSync(join(folder, "cert.pem"), cert);
    await drover.log.event("certificate-swapped");
    assert.notEqual(await verified(), before);
  });

  test("insists on HTTPS when it is told to", async (t) => {
    const drover = await startHttps(t, { flags: ["--tls-hsts", "max-age=600; includeSubDomains"] });
    const { response } = await request({ port: drover.port, ca });
    assert.equal(response?.headers.get("strict-transport-security"), "max-age=600; includeSubDomains");
  });

  test("is asked by the probe over HTTPS", async (t) => {
    const drover = await startHttps(t, { flags: ["--probe", "/"] });
    assert.equal((await request({ port: drover.port, ca })).response?.status, 200);
  });

  test("may be an http.Server", async (t) => {
    const drover = await startHttps(t, { entry: app("forms/server-export.js") });
    assert.equal((await rollCall(overHttp({ port: drover.port, ca }), 2)).length, 2);
    assert.equal((await rollCall(overHttp2({ port: drover.port, ca }), 2)).length, 2);
  });

  for (const entry of [
    "express5-export.js",
    "express4-export.cjs",
    "koa3/app.js",
    "fastify-export.js",
    "hono-export.js",
  ]) {
    test(`may be ${entry}, over HTTPS and HTTP/2`, async (t) => {
      const drover = await startHttps(t, { entry: app(entry), workers: 1 });
      assert.equal((await rollCall(overHttp({ port: drover.port, ca }), 1)).length, 1);
      assert.equal((await rollCall(overHttp2({ port: drover.port, ca }), 1)).length, 1);
    });
  }

  test("may listen on several addresses, also where it is an http.Server", async (t) => {
    const [a, b] = [await freePort(), await freePort()];
    const flags = ["--listen", `127.0.0.1:${a}`, "--listen", `127.0.0.1:${b}`];
    const drover = await startHttps(t, { entry: app("forms/server-export.js"), flags });
    for (const port of [a, b]) assert.equal((await request({ port, ca })).response?.status, 200);
    assert.equal(drover.log.events("listening").length, 2);
  });
});

suite("a config file", () => {
  test("may have certificates for several names", async (t) => {
    const { folder, config } = await configured(t, {
      certificates: [{ cert: "./wild.pem", key: "./wild.key", ca: "./above.pem" }],
    });
    const wild = await createChain({ names: ["*.wild.test"], intermediates: 2 });
    writeFileSync(join(folder, "wild.pem"), wild.cert);
    writeFileSync(join(folder, "wild.key"), wild.key);
    writeFileSync(join(folder, "above.pem"), wild.intermediates.join(""));
    const drover = await start(t, app("forms/handler-default.js"), { flags: ["-c", config] });
    const seen = async (servername: string, root: string): Promise<string> => {
      return (await shakeHands(drover.port, { servername, ca: root, rejectUnauthorized: true })).subject;
    };
    assert.equal(await seen("www.wild.test", wild.root), "*.wild.test");
    assert.equal(await seen("localhost", ca), "localhost");
    assert.match(await seen("wild.test", ca), /ALTNAME/);
  });

  test("may ask clients for certificates, of which the app sees", async (t) => {
    const clients = await createAuthority({ name: "Clients" });
    const { folder, config } = await configured(t, { clientCert: "require", clientCa: "./clients.pem" });
    writeFileSync(join(folder, "clients.pem"), clients.root);
    const entry = join(folder, "app.mjs");
    writeFileSync(entry, "export default ({ socket }, res) => res.end(socket.getPeerCertificate().subject?.CN);");
    const drover = await start(t, entry, { flags: ["-c", config, "--probe", "/"] });
    const ann = await clients.issue({ names: ["ann"], client: true });
    const ask = async (options: ConnectionOptions): Promise<string> => {
      const socket = connect({ port: drover.port, servername: "localhost", ca, ...options });
      socket.end("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      return text(socket).catch(() => "refused");
    };
    assert.match(await ask(ann), /^HTTP\/1\.1 200 .*ann$/s);
    assert.equal(await ask({}), "refused");
    const session = await beginSession(drover.port, { servername: "localhost", ...ann });
    assert.equal(await resume(drover.port, session, { servername: "localhost" }), "resumed and answered");
  });
});

async function configured(t: TestContext, tls: object): Promise<{ folder: string; config: string }> {
  const { folder } = files(t);
  const config = join(folder, "drover.config.json");
  const pair = { cert: "./cert.pem", key: "./key.pem", ca: ["./0.pem", "./1.pem", "./2.pem"] };
  writeFileSync(config, JSON.stringify({ tls: { ...pair, ...tls } }));
  return { folder, config };
}

suite("a worker that leaves", () => {
  test("ends connections of HTTP/1.1 with their next answer, and idle ones after a while", async (t) => {
    const drover = await startHttps(t, { workers: 1 });
    const open = async (): Promise<Connection> => {
      const connection = new Connection({ port: drover.port, ca });
      assert.equal((await connection.request()).response?.headers.get("connection"), "keep-alive");
      return connection;
    };
    const [idle, kept] = [await open(), await open()];
    const silent = new Connection({ port: drover.port, ca });
    assert.equal(await silent.opened(), "ok");
    const told = reload(drover);
    let last: Answer;
    do last = await kept.request();
    while (last.response?.headers.get("connection") === "keep-alive");
    assert.equal(last.response?.headers.get("connection"), "close");
    for (const { socket } of [idle, silent]) if (!socket.destroyed) await within(once(socket, "close"), "the end");
    assert.equal((await told)["cut"], 0);
    assert.equal((await request({ port: drover.port, ca })).response?.status, 200);
  });

  test("lets streams of HTTP/2 finish", async (t) => {
    const drover = await startHttps(t, { workers: 1 });
    const session = connectHttp2(drover.url, { ca });
    t.after(() => session.destroy());
    await once(session, "connect");
    const stream = session.request({ ":path": "/slow?ms=3000" });
    // What was sent before it has arrived, too.
    await new Promise((resolve) => void session.ping(resolve));
    const goaway = once(session, "goaway");
    const told = stop(drover);
    await within(goaway, "GOAWAY");
    assert.match(await text(stream), /"pid":\d+/);
    assert.deepEqual(ledger(await told), { finished: 1, cut: 0, webSockets: 0, eventStreams: 0 });
  });
});

suite("plain HTTP", () => {
  test("is sent on to HTTPS, and the log and status say where", async (t) => {
    const port = await freePort();
    const drover = await startHttps(t, { flags: ["--tls-redirect", `127.0.0.1:${port}`] });
    const { response } = await request({ port }, { path: "/a?b=c", headers: { host: "shop.test:80" } });
    assert.equal(response?.status, 308);
    assert.equal(response.headers.get("location"), `https://shop.test:${drover.port}/a?b=c`);
    const line = await drover.log.event("listening", ({ protocol }) => protocol === "redirect");
    assert.equal(line.msg, `redirects http://127.0.0.1:${port} to HTTPS`);
    const { stdout } = await drover.verb("status", "--json");
    assert.ok(JSON.parse(stdout).listeners.some(({ protocol }: { protocol: string }) => protocol === "redirect"));
  });

  test("is sent on for an app that listens by itself, too, and loses nothing in a reload", async (t) => {
    const port = await freePort();
    const env = { TEST_TLS_KEY: chain.key, TEST_TLS_CERT: [chain.cert, ...chain.intermediates].join("") };
    const flags = ["--tls-redirect", `127.0.0.1:${port}`];
    const drover = await startHttps(t, { entry: app("https.js"), env, flags });
    const location = async (): Promise<string | undefined> => {
      return (await request({ port }, { headers: { host: "shop.test" } })).response?.headers.get("location");
    };
    assert.equal(await location(), `https://shop.test:${drover.port}/`);
    await reload(drover);
    assert.equal(await location(), `https://shop.test:${drover.port}/`);
  });
});

test("a worker without TLS loads nothing of it", async (t) => {
  const entry = join(temporaryFolder(t), "app.mjs");
  writeFileSync(entry, "export default (req, res) => res.end(JSON.stringify(process.moduleLoadList));");
  const drover = await start(t, entry, { workers: 1 });
  const { response } = await request({ port: drover.port });
  const loaded: string[] = JSON.parse(String(response?.body));
  const found = loaded.filter((name) => /^NativeModule (tls|_tls_.*|https|http2|internal\/http2\/.*)$/.test(name));
  assert.deepEqual(found, []);
});
