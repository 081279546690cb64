import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { NextFunction, Request, Response } from "express";
import { over, overBoth, type Express } from "../../support/express-over.ts";

/** An app that hands its requests to the test. */
function held(express: Express) {
  const app = express();
  const asked = Promise.withResolvers<readonly [Request, Response]>();
  app.all("/held", (req, res) => asked.resolve([req, res]));
  app.get("/", (_req, res) => void res.send("served"));
  return { app, asked: asked.promise };
}

overBoth("a client that leaves closes request and response, in that order", async ({ express, serve }) => {
  const { app, asked } = held(express);
  const visitor = await serve(app);
  const { abort } = visitor.begin("/held");
  const [req, res] = await asked;
  const events: string[] = [];
  for (const name of ["aborted", "error", "close"]) req.on(name, () => events.push(`req ${name}`));
  for (const name of ["finish", "error", "close"]) res.on(name, () => events.push(`res ${name}`));
  const closed = Promise.all([once(res, "close"), new Promise((resolve) => req.once("close", resolve))]);
  abort();
  await closed;
  assert.deepEqual(events, ["req aborted", "res close", "req error", "req close"]);
  assert.deepEqual([req.destroyed, req.aborted, res.destroyed, res.writableFinished], [true, true, true, false]);
  assert.equal((await visitor.ask("/")).text, "served");
});

overBoth("a client that leaves within its upload fails who reads it", async ({ express, serve }) => {
  const { app, asked } = held(express);
  const visitor = await serve(app);
  const { upload, abort } = visitor.begin("/held", { method: "POST" });
  upload.write("part");
  const [req] = await asked;
  await once(req, "data");
  const failed = once(req, "error");
  abort();
  const [error] = (await failed) as [NodeJS.ErrnoException];
  assert.deepEqual([error.code, error.message], ["ECONNRESET", "aborted"]);
  assert.deepEqual([req.complete, req.readableEnded], [false, false]);
});

overBoth("an upload that is cut is never taken for whole", async ({ express, serve }) => {
  const app = express();
  const parsed: unknown[] = [];
  const failed = Promise.withResolvers<Error>();
  const begun = Promise.withResolvers<undefined>();
  app.use((req, _res, next) => {
    req.once("data", () => begun.resolve(undefined));
    next();
  });
  app.use(express.text());
  app.post("/", (req) => parsed.push(req.body));
  app.use((error: Error, _req: Request, _res: Response, _next: NextFunction) => failed.resolve(error));
  const visitor = await serve(app);
  const { upload, abort } = visitor.begin("/", { method: "POST", headers: { "content-type": "text/plain" } });
  upload.write("half of it");
  await begun.promise;
  abort();
  assert.match((await failed.promise).message, /aborted/);
  assert.deepEqual(parsed, []);
});

overBoth("answering a client that has left does nothing", async ({ express, serve }) => {
  const { app, asked } = held(express);
  const visitor = await serve(app);
  const { abort } = visitor.begin("/held");
  const [, res] = await asked;
  const closed = once(res, "close");
  abort();
  await closed;
  res.set("x-late", "1");
  res.send("late");
  res.end();
  res.destroy();
  assert.equal((await visitor.ask("/")).text, "served");
});

overBoth("a client that leaves destroys the source that is piped to it", async ({ express, serve }) => {
  const { app, asked } = held(express);
  const visitor = await serve(app);
  const { head, abort } = visitor.begin("/held");
  const [, res] = await asked;
  const source = new Readable({ read() {} });
  source.push("begin");
  const piped = pipeline(source, res);
  await head;
  abort();
  await assert.rejects(piped, { code: "ERR_STREAM_PREMATURE_CLOSE" });
  assert.equal(source.destroyed, true);
});

overBoth("an app that destroys its response fails the client, and only this request", async ({ express, serve }) => {
  const { app, asked } = held(express);
  const visitor = await serve(app);
  const { over: end, head, download } = visitor.begin("/held");
  const [req, res] = await asked;
  res.write("part");
  await head;
  download().resume();
  const closed = new Promise((resolve) => req.once("close", resolve));
  res.destroy(new Error("expected"));
  await end;
  await closed;
  assert.deepEqual([res.errored?.message, res.destroyed, req.destroyed], ["expected", true, true]);
  assert.equal((await visitor.ask("/")).text, "served");
});

for (const destroy of ["res.destroy", "req.destroy", "req.socket.destroy"] as const) {
  over(
    "HTTP/2",
    `${destroy} resets the stream with INTERNAL_ERROR: what came is not all`,
    async ({ express, serve }) => {
      const { app, asked } = held(express);
      const visitor = await serve(app);
      const { over: end, head, download } = visitor.begin("/held");
      const [req, res] = await asked;
      res.write("part");
      await head;
      download().resume();
      if (destroy === "res.destroy") res.destroy();
      else if (destroy === "req.destroy") req.destroy();
      else req.socket.destroy();
      assert.equal(await end, 2);
      assert.equal((await visitor.ask("/")).text, "served");
    },
  );
}

overBoth("timeouts of request and response are heard, an unheard one ends the exchange", async ({ express, serve }) => {
  const app = express();
  app.get("/heard", (_req, res) => void res.setTimeout(20, () => res.status(503).send("too late")));
  app.get("/unheard", (_req, res) => void res.setTimeout(20));
  const visitor = await serve(app);
  const heard = await visitor.ask("/heard");
  assert.deepEqual([heard.status, heard.text], [503, "too late"]);
  const { over: end, head } = visitor.begin("/unheard");
  await assert.rejects(Promise.race([head, end.then(() => Promise.reject(new Error("over")))]));
  assert.equal((await visitor.ask("/heard")).status, 503);
});

overBoth("a request's signal aborts with its client", async ({ express, serve }) => {
  const { app, asked } = held(express);
  const visitor = await serve(app);
  const { abort } = visitor.begin("/held");
  const [req, res] = await asked;
  const { signal } = req as unknown as { signal?: AbortSignal };
  const closed = once(res, "close");
  abort();
  await closed;
  // Not in Node 22.
  assert.notEqual(signal?.aborted, false);
});
