import assert from "node:assert/strict";
import { once } from "node:events";
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { connect, type ClientHttp2Session } from "node:http2";
import https from "node:https";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import type { TLSSocket } from "node:tls";
import express from "express";
import express4 from "express4";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { WebSocket, WebSocketServer } from "ws";
import { createAuthority, createSelfSigned } from "../../support/certificates.ts";
import { serveSecurely } from "../../support/secure-server.ts";
import { tlsState } from "../../support/tls-state.ts";

const certificate = { ...(await createSelfSigned()), names: ["localhost"] };

/** `POST /echo?q=1` of each app: what it makes of the request. */
interface Echo {
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly body: string;
}

function listener(request: IncomingMessage, response: ServerResponse): void {
  const { method = "", url = "", headers } = request;
  const { host = "" } = headers;
  void text(request).then((body) => response.end(JSON.stringify({ method, url, host, body } satisfies Echo)));
}

function koaApp(): Koa {
  return new Koa().use(async (context) => {
    const { method, url, host, req } = context;
    context.body = { method, url, host, body: await text(req) } satisfies Echo;
  });
}

function fastifyApp(): unknown {
  const app = fastify();
  app.post("/echo", ({ method, url, host, body }) => ({ method, url, host, body: String(body) }) satisfies Echo);
  return app;
}

function expressApp(make: typeof express): RequestListener {
  const app = make();
  app.use("/echo", make.text());
  const sub = make.Router();
  sub.post("/", ({ method, originalUrl: url, headers: { host = "" }, body }, response) => {
    response.json({ method, url, host, body } satisfies Echo);
  });
  return app.use("/echo", sub);
}

async function fetchHandler(request: Request): Promise<Response> {
  const { method } = request;
  const { pathname, search, host } = new URL(request.url);
  return Response.json({ method, url: pathname + search, host, body: await request.text() } satisfies Echo);
}

function honoApp(): Hono {
  return new Hono().post("/echo", (context) => fetchHandler(context.req.raw));
}

const apps: readonly (readonly [title: string, make: () => unknown])[] = [
  ["a (request, response) function", () => listener],
  ["an http.Server", () => http.createServer(listener)],
  ["an http.Server with Express 5", () => http.createServer(expressApp(express))],
  ["an Express 5 app", () => expressApp(express)],
  ["an Express 4 app", () => expressApp(express4)],
  ["a Koa app", koaApp],
  ["a Fastify app", fastifyApp],
  ["a Hono app", honoApp],
  ["a fetch handler", () => fetchHandler],
];

for (const [title, make] of apps) {
  test(`serves ${title} over HTTP/2`, async (t) => {
    const { port } = await serveSecurely(t, make(), tlsState([certificate]));
    const answer = await askHttp2(t, port);
    assert.deepEqual(answer, { method: "POST", url: "/echo?q=1", host: `localhost:${port}`, body: "hello" });
  });

  test(`serves ${title} over HTTP/1.1 at the same port`, async (t) => {
    const { port } = await serveSecurely(t, make(), tlsState([certificate]));
    const answer = await askHttp1(port);
    assert.deepEqual(answer, { method: "POST", url: "/echo?q=1", host: `localhost:${port}`, body: "hello" });
  });

  test(`serves ${title} over HTTPS without HTTP/2`, async (t) => {
    const { port } = await serveSecurely(t, make(), tlsState([certificate]), { http2: false });
    assert.equal((await askHttp1(port)).body, "hello");
  });
}

async function askHttp2(t: TestContext, port: number): Promise<Echo> {
  const session = open(t, port);
  const stream = session.request({ ":method": "POST", ":path": "/echo?q=1", "content-type": "text/plain" });
  stream.end("hello");
  return JSON.parse(await text(stream)) as Echo;
}

function open(t: TestContext, port: number): ClientHttp2Session {
  const session = connect(`https://localhost:${port}`, { ca: certificate.cert });
  t.after(() => session.destroy());
  return session;
}

async function askHttp1(port: number): Promise<Echo> {
  const headers = { "content-type": "text/plain" };
  const options = { port, path: "/echo?q=1", method: "POST", ca: certificate.cert, agent: false, headers };
  const request = https.request("https://localhost", options).end("hello");
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return JSON.parse(await text(response)) as Echo;
}

const clients = await createAuthority({ name: "Clients" });

const whoAsks: readonly (readonly [title: string, make: () => unknown])[] = [
  [
    "a (request, response) function",
    () =>
      ({ socket }: IncomingMessage, response: ServerResponse) =>
        response.end(nameOf(socket)),
  ],
  [
    "an Express app",
    () => express().use(({ socket, secure }, response) => void response.send(secure && nameOf(socket))),
  ],
  ["a Koa app", () => new Koa().use((context) => void (context.body = context.secure && nameOf(context.req.socket)))],
];

function nameOf(socket: Socket): string {
  const { encrypted, authorized } = socket as TLSSocket;
  return encrypted && authorized ? String((socket as TLSSocket).getPeerCertificate().subject.CN) : "nobody";
}

for (const [title, make] of whoAsks) {
  test(`${title} learns over HTTP/2 who its client is`, async (t) => {
    const state = tlsState([certificate], { clientCa: [clients.root] });
    const { port } = await serveSecurely(t, make(), state, { clientCert: "require" });
    const ann = await clients.issue({ names: ["ann"], client: true });
    const session = connect(`https://localhost:${port}`, { ca: certificate.cert, ...ann });
    t.after(() => session.destroy());
    assert.equal(await text(session.request()), "ann");
  });
}

for (const http2 of [true, false]) {
  test(`an exported http.Server gets its WebSockets, attached late, ${http2 ? "beside" : "without"} HTTP/2`, async (t) => {
    const server = http.createServer(listener);
    const { port } = await serveSecurely(t, server, tlsState([certificate]), { http2 });
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    const client = new WebSocket(`wss://localhost:${port}`, { ca: certificate.cert });
    t.after(() => client.terminate());
    await once(client, "open");
    client.send("hello");
    const [data] = (await once(client, "message")) as [Buffer];
    assert.equal(data.toString(), "hello");
  });
}

test("an app without WebSockets answers a request to upgrade as any other", async (t) => {
  const server = http.createServer((_request, response) => void response.end("as any other"));
  const { port } = await serveSecurely(t, server, tlsState([certificate]));
  const headers = { connection: "upgrade", upgrade: "websocket" };
  const request = https.get("https://localhost", { port, ca: certificate.cert, agent: false, headers });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  assert.equal(await text(response), "as any other");
});

test("an http.Server that decides about bodies hears of them", async (t) => {
  const server = http.createServer(listener);
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue();
    server.emit("request", request, response);
  });
  const { port } = await serveSecurely(t, server, tlsState([certificate]));
  const headers = { expect: "100-continue" };
  const request = https.request("https://localhost", {
    port,
    method: "POST",
    ca: certificate.cert,
    agent: false,
    headers,
  });
  request.flushHeaders();
  await once(request, "continue");
  request.end("hello");
  const [response] = (await once(request, "response")) as [IncomingMessage];
  assert.equal((JSON.parse(await text(response)) as Echo).body, "hello");
});

test("an https.Server that the app exports stays as it is", async (t) => {
  const own = https.createServer({ key: certificate.key, cert: certificate.cert }, listener);
  const other = { ...(await createSelfSigned({ names: ["other.test"] })), names: ["other.test"] };
  const { port } = await serveSecurely(t, own, tlsState([other]));
  assert.equal((await askHttp1(port)).body, "hello");
});
