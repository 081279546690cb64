import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import http, { IncomingMessage, ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import { test } from "node:test";
import express, { type Application, type Request, type Response } from "express";
import express4 from "express4";
import type { Express as Prototypes } from "../../src/server/express-messages.ts";
import { bodyOf, connect, request, type RequestOptions, type Target } from "../support/client.ts";
import { startExchange } from "../support/exchange.ts";
import { equipped, listen, WAYS } from "../support/express-servers.ts";
import { within } from "../support/wait.ts";

const EXPRESSES = [
  ["Express 5", express],
  ["Express 4", express4],
] as const;

/** What an answer says, but for what time has put into it. */
async function told(target: Target, options: RequestOptions): Promise<unknown> {
  const { outcome, response, error } = await request(target, options);
  const headers = [...(response?.headers ?? [])].filter(([name]) => name !== "date");
  return { outcome, error, status: response?.status, headers, body: response?.body.toString("latin1") };
}

/** How a request is seen from within. */
function seen(req: Request, res: Response): object {
  const { baseUrl, url, path, originalUrl, query, params, protocol, secure, hostname, xhr } = req;
  const tied = [req.res === res, res.req === req, req.app === res.app, req instanceof IncomingMessage];
  const own = [req, res].map((message) => Object.keys(message).filter((name) => !name.startsWith("_")));
  return { baseUrl, url, path, originalUrl, query, params, protocol, secure, hostname, xhr, tied, own };
}

/** It does what apps do to requests and responses, each in its own way. */
function busyApp(make: typeof express): Application {
  const app = make().set("env", "test");
  const sub = make().get("/here/:id", (req, res) => void res.json(seen(req, res)));
  sub.get("/error", () => {
    throw new Error("expected");
  });
  app.use("/sub", sub);
  app.get("/", (_req, res) => void res.send("hello"));
  app.get("/seen/:id", (req, res) => void res.json(seen(req, res)));
  app.use(
    "/router",
    make.Router().get("/in/:id", (req, res) => void res.json(seen(req, res))),
  );
  app.post("/json", make.json(), (req, res) => void res.status(201).json(req.body));
  app.put("/echo", (req, res) => void req.pipe(res));
  app.get("/bytes", (_req, res) => void res.send(Buffer.from([0, 127, 128, 255, 10, 13])));
  app.get("/long", (_req, res) => void res.type("text").send(Buffer.alloc(70_000, "é")));
  app.get("/text", (_req, res) => void res.send("žluťoučký kůň €"));
  app.get("/latin", (_req, res) => void res.set("X-Name", "Caf\u00e9").end(Buffer.from("Café")));
  app.get("/array", (_req, res) => void res.end(Uint8Array.of(1, 200)));
  app.get("/empty", (_req, res) => void res.status(204).end());
  app.get("/pieces", (_req, res) => {
    res.write(Buffer.from("one "));
    res.write("two ");
    res.end(Buffer.from("three"));
  });
  app.get("/counted", (_req, res) => {
    res.writeHead(200, { "Content-Length": 6 }).write(Buffer.from("abc"));
    res.end(Buffer.from("def"));
  });
  app.get("/moved", (_req, res) => res.cookie("a", "b c").redirect("/seen/1?a=b"));
  app.get("/file", (_req, res) => res.sendFile(import.meta.filename));
  app.get("/error", () => {
    throw Object.assign(new Error("expected"), { status: 418 });
  });
  return app;
}

const json = { "content-type": "application/json" };
const ASKED: readonly RequestOptions[] = [
  { path: "/" },
  { path: "/", method: "HEAD" },
  { path: "/", headers: { "if-none-match": "*" } },
  { path: "/seen/7?a=1&b[c]=2", headers: { "x-requested-with": "XMLHttpRequest" } },
  { path: "/router/in/8" },
  { path: "/sub/here/9" },
  { path: "/sub/error" },
  { path: "/sub/missing" },
  { path: "/missing" },
  { path: "/json", headers: json, body: Buffer.from('{"a":[1,"é"]}') },
  { path: "/json", headers: json, body: Buffer.from("{") },
  { path: "/echo", method: "PUT", body: Buffer.alloc(300_000, "x") },
  ...["/bytes", "/long", "/text", "/latin", "/array", "/empty", "/pieces", "/counted"].map((path) => ({ path })),
  { path: "/moved" },
  { path: "/file", headers: { range: "bytes=0-20" } },
  { path: "/error" },
];

/** Whether the next request and its response have, before anybody sees them, the prototypes that Express gives them. */
function nextIsReadyMade({ request, response }: Prototypes): Promise<boolean> {
  return new Promise((resolve) => {
    const began = (message: unknown): void => {
      diagnostics.unsubscribe("http.server.request.start", began);
      const { request: req, response: res } = message as { readonly request: object; readonly response: object };
      resolve(Object.getPrototypeOf(req) === request && Object.getPrototypeOf(res) === response);
    };
    diagnostics.subscribe("http.server.request.start", began);
  });
}

for (const [name, make] of EXPRESSES) {
  for (const { name: way, serve, plain } of WAYS) {
    test(`${name}, ${way}: every answer is the one without Drover`, async (t) => {
      const expected = await listen(t, plain(busyApp(make)));
      const target = await listen(t, (await serve(busyApp(make))).server);
      for (const asked of ASKED) assert.deepEqual(await told(target, asked), await told(expected, asked), asked.path);
    });

    test(`${name}, ${way}: requests and responses are made with the prototypes that Express gives them`, async (t) => {
      const app = make();
      const { server } = await serve(app);
      const target = await listen(t, server);
      for (const _ of [1, 2]) {
        const isReadyMade = nextIsReadyMade(app);
        assert.equal((await request(target)).response?.status, 404);
        assert.equal(await isReadyMade, true);
      }
    });

    test(`${name}, ${way}: a request that leaves HTTP is Node's own, on which the app may set what Express can only read`, async (t) => {
      const { server, own } = await serve(make());
      const upgraded = new Promise<object>((resolve) => {
        own.on("upgrade", (req: IncomingMessage, socket: Socket) => {
          Object.assign(req, { path: "/own", query: {} });
          resolve(Object.getPrototypeOf(req) as object);
          socket.destroy();
        });
      });
      const target = await listen(t, server);
      startExchange(target, { headers: { connection: "upgrade", upgrade: "own" } });
      assert.equal(await within(upgraded, "the upgrade"), IncomingMessage.prototype);
    });
  }

  test(`${name}: what is added later, to whatever Express or Node inherits from, is there, in mounted apps too`, async (t) => {
    const [app, early, late] = [make(), make(), make()];
    for (const one of [app, early, late])
      one.get("/", (req, res) => void res.json([req, res].map((message) => Reflect.get(message, "added"))));
    app.use("/early", early);
    const server = await equipped(http.createServer(app));
    const target = await listen(t, server);
    app.use("/late", late);
    for (const [req, res] of [
      [IncomingMessage.prototype, ServerResponse.prototype],
      [make.request, make.response],
      [app.request, app.response],
    ] as const) {
      const mark = Math.random();
      const added = { configurable: true, value: mark };
      Object.defineProperty(req, "added", added);
      Object.defineProperty(res, "added", added);
      t.after(() => [req, res].forEach((prototype) => Reflect.deleteProperty(prototype, "added")));
      for (const path of ["/", "/early", "/late"])
        assert.deepEqual(bodyOf(await request(target, { path })), [mark, mark], path);
    }
  });

  test(`${name}: several apps on one server, each with requests of its own`, async (t) => {
    const [first, second] = [make(), make()];
    first.get("/first", (req, res) => void res.json(req.app === first && res.app === first));
    first.use((req, res) => second(req, res));
    second.get("/second", (req, res) => void res.json(req.app === second && res.app === second));
    const target = await listen(t, await equipped(http.createServer(first)));
    const other = await listen(t, await equipped(http.createServer(second)));
    const connection = connect(target);
    t.after(() => connection.close());
    for (const path of ["/first", "/second", "/first"]) assert.equal(bodyOf(await connection.request({ path })), true);
    assert.equal(bodyOf(await request(other, { path: "/second" })), true);
  });

  test(`${name}: an app that makes it impossible to make its messages so is served as without Drover`, async (t) => {
    const app = make().get("/", (req, res) => void res.send(req.url));
    Object.defineProperty(app.request, "url", { configurable: true, get: () => "never seen" });
    const server = await equipped(http.createServer(app));
    const target = await listen(t, server);
    const isReadyMade = nextIsReadyMade(app);
    assert.equal((await request(target)).response?.body.toString(), "/");
    assert.equal(await isReadyMade, false);
  });
}

const app = express();
const LEFT_ALONE: readonly (readonly [title: string, make: () => Server])[] = [
  [
    "whose author has given it classes",
    () => http.createServer({ IncomingMessage: class extends IncomingMessage {} }, app),
  ],
  ["that calls the app from a function of its own", () => http.createServer((req, res) => void app(req, res))],
  ["of a Node that hides its classes better", () => withoutSymbols(http.createServer(app))],
  ["whose requests somebody hears of first", () => http.createServer(app).prependListener("request", setsQuery)],
  ["that asks somebody else whether to continue", () => http.createServer(app).on("checkContinue", app)],
];

/** What Express can only read. */
function setsQuery(req: IncomingMessage): void {
  Object.assign(req, { query: {}, protocol: "own" });
}

for (const [title, make] of LEFT_ALONE) {
  test(`a server ${title} is left alone`, async (t) => {
    const server = await equipped(make());
    const target = await listen(t, server);
    const isReadyMade = nextIsReadyMade(app);
    assert.equal((await request(target)).response?.status, 404);
    assert.equal(await isReadyMade, false);
  });
}

for (const { name: way, serve } of WAYS.filter(({ name }) => !name.includes("HTTP/2") && !name.startsWith("behind"))) {
  test(`${way}: whoever is to hear of requests before Express, however late, gets them as Node makes them`, async (t) => {
    const { server } = await serve(express());
    const target = await listen(t, server);
    server.prependListener("request", setsQuery);
    assert.equal((await request(target)).response?.status, 404);
  });
}

/** Node then takes its own classes. */
function withoutSymbols(server: Server): Server {
  for (const key of Object.getOwnPropertySymbols(server)) {
    if (key.description !== "IncomingMessage") continue;
    Reflect.deleteProperty(server, key);
  }
  return server;
}
