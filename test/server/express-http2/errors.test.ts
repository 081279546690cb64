import assert from "node:assert/strict";
import type { NextFunction, Request, Response } from "express";
import { overBoth } from "../../support/express-over.ts";

overBoth(
  "what a handler throws is the error page, what it passes to next the app's own",
  async ({ express, serve }) => {
    const app = express();
    app.get("/thrown", () => {
      throw new Error("expected");
    });
    app.get("/next", (_req, _res, next) => next(Object.assign(new Error("teapot"), { status: 418 })));
    app.post("/upload", (_req, _res, next) => next(new Error("expected")));
    app.use(
      "/next",
      (error: Error, _req: Request, res: Response, _next: NextFunction) => void res.status(418).json(error.message),
    );
    const visitor = await serve(app);
    const thrown = await visitor.ask("/thrown");
    assert.deepEqual([thrown.status, thrown.headers["content-type"]], [500, "text/html; charset=utf-8"]);
    assert.match(thrown.text, /Error: expected/);
    const next = await visitor.ask("/next");
    assert.deepEqual([next.status, next.text], [418, '"teapot"']);
    assert.equal((await visitor.ask("/upload", { body: Buffer.alloc(300_000) })).status, 500);
    assert.equal((await visitor.ask("/missing")).status, 404);
  },
);

overBoth("an error after the answer has begun ends it short", async ({ express, serve }) => {
  const app = express();
  app.get("/", (_req, res, next) => {
    res.write("part");
    setImmediate(() => next(new Error("expected")));
  });
  app.get("/next", (_req, res) => void res.send("served"));
  const visitor = await serve(app);
  const { head, download, over } = visitor.begin("/");
  await head;
  const failed = new Promise((resolve) => download().once("error", resolve));
  download().resume();
  await Promise.all([failed, over]);
  assert.equal((await visitor.ask("/next")).text, "served");
});

overBoth("Node's own rules for headers hold", async ({ express, serve }) => {
  const app = express();
  const codes: unknown[] = [];
  const attempt = (act: () => void): void => {
    try {
      act();
      codes.push("done");
    } catch (error) {
      codes.push((error as NodeJS.ErrnoException).code);
    }
  };
  app.get("/", (_req, res) => {
    attempt(() => res.setHeader("x y", "1"));
    attempt(() => res.setHeader("x", "a\nb"));
    attempt(() => res.setHeader(":status", "200"));
    attempt(() => res.writeHead(99));
    attempt(() => res.setHeader("x", undefined as unknown as string));
    res.removeHeader("x-powered-by");
    attempt(() => res.writeHead(200, { "x y": "1" }));
    res.write("a");
    attempt(() => res.setHeader("late", "1"));
    attempt(() => res.writeHead(200));
    attempt(() => res.write(null));
    res.end("b");
  });
  const visitor = await serve(app);
  assert.equal((await visitor.ask("/")).text, "ab");
  assert.deepEqual(codes, [
    "ERR_INVALID_HTTP_TOKEN",
    "ERR_INVALID_CHAR",
    "ERR_INVALID_HTTP_TOKEN",
    "ERR_HTTP_INVALID_STATUS_CODE",
    "ERR_HTTP_INVALID_HEADER_VALUE",
    "ERR_INVALID_HTTP_TOKEN",
    "ERR_HTTP_HEADERS_SENT",
    "ERR_HTTP_HEADERS_SENT",
    "ERR_STREAM_NULL_VALUES",
  ]);
});

overBoth("writing after the end is an error of the response, not of the process", async ({ express, serve }) => {
  const app = express();
  const heard = Promise.withResolvers<unknown>();
  app.get("/", (_req, res) => {
    res.on("error", (error: NodeJS.ErrnoException) => heard.resolve(error.code));
    res.end("whole");
    res.write("more");
  });
  const visitor = await serve(app);
  assert.equal((await visitor.ask("/")).text, "whole");
  assert.equal(await heard.promise, "ERR_STREAM_WRITE_AFTER_END");
});

overBoth("on-finished style listeners hear one finish and one close", async ({ express, serve }) => {
  const app = express();
  const log: string[] = [];
  app.use((req, res, next) => {
    res.on("finish", () =>
      log.push(`${req.method} ${req.originalUrl} ${res.statusCode} ${String(res.getHeader("content-length"))}`),
    );
    res.on("close", () => log.push("close"));
    next();
  });
  app.get("/log", (_req, res) => void res.json(log));
  // With the whole body read, Node closes the stream before it knows that the answer was written.
  app.all("/", express.text({ type: () => true }), (_req, res) => void res.send("ok"));
  const visitor = await serve(app);
  await visitor.ask("/");
  await visitor.ask("/", { body: "x" });
  let seen: string[] = [];
  while (seen.length < 4) seen = JSON.parse((await visitor.ask("/log")).text) as string[];
  assert.deepEqual(seen.slice(0, 4), ["GET / 200 2", "close", "POST / 200 2", "close"]);
});
