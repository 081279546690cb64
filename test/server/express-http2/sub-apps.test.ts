import assert from "node:assert/strict";
import http from "node:http";
import type { Request, Response } from "express";
import { overBoth, type Express } from "../../support/express-over.ts";

interface Extended {
  readonly title?: string;
}

function extended(express: Express, title: string) {
  const app = express();
  Object.assign(app.request, { title });
  app.set("title", title);
  return app;
}

function said(req: Request, res: Response): unknown {
  const { baseUrl, url, path } = req;
  const titles = [(req as Extended).title, req.app.get("title") as string, res.app.get("title") as string];
  const genuine = [req instanceof http.IncomingMessage, res instanceof http.ServerResponse];
  return { titles, baseUrl, url, path, genuine };
}

overBoth("a mounted app has its own req and res, and gives them back", async ({ express, serve }) => {
  const [outer, middle, inner] = [extended(express, "outer"), extended(express, "middle"), extended(express, "inner")];
  inner.get("/deep", (req, res) => void res.json(said(req, res)));
  middle.use("/inner", inner);
  middle.get("/own", (req, res) => void res.json(said(req, res)));
  outer.use("/middle", middle);
  outer.use((req, res) => void res.status(404).json(said(req, res)));
  const visitor = await serve(outer);
  const told = async (path: string) => JSON.parse((await visitor.ask(path)).text) as Record<string, unknown>;
  const genuine = [true, true];
  assert.deepEqual(await told("/middle/inner/deep"), {
    titles: ["inner", "inner", "inner"],
    baseUrl: "/middle/inner",
    url: "/deep",
    path: "/deep",
    genuine,
  });
  assert.deepEqual((await told("/middle/own?a"))["titles"], ["middle", "middle", "middle"]);
  const missed = await told("/middle/missing");
  assert.deepEqual([missed["titles"], missed["url"]], [["outer", "outer", "outer"], "/middle/missing"]);
});

overBoth("a mounted app answers in every way", async ({ express, serve }) => {
  const sub = express();
  sub.use(express.json());
  sub.post("/echo", (req, res) => void res.json(req.body));
  sub.get("/stream", (_req, res) => {
    res.write("a");
    res.write("b");
    res.end("c");
  });
  sub.get("/error", () => {
    throw new Error("expected");
  });
  const app = express().use("/sub", sub);
  const visitor = await serve(app);
  const headers = { "content-type": "application/json" };
  assert.equal((await visitor.ask("/sub/echo", { body: '{"a":1}', headers })).text, '{"a":1}');
  assert.equal((await visitor.ask("/sub/stream")).text, "abc");
  assert.equal((await visitor.ask("/sub/error")).status, 500);
  assert.equal((await visitor.ask("/sub/missing")).status, 404);
});

overBoth("routers, params, next('route') and route chains work", async ({ express, serve }) => {
  const router = express.Router({ mergeParams: true });
  router.param("id", (req, _res, next, id: string) => {
    Object.assign(req, { item: `item ${id}` });
    next();
  });
  router
    .route("/:id")
    .get((req, _res, next) => next(req.query["skip"] === undefined ? undefined : "route"))
    .get((req, res) => void res.json([req.params, (req as { item?: string }).item]));
  router.get("/:id", (_req, res) => void res.send("skipped"));
  const visitor = await serve(express().use("/users/:user", router));
  assert.equal((await visitor.ask("/users/u/7")).text, '[{"user":"u","id":"7"},"item 7"]');
  assert.equal((await visitor.ask("/users/u/7?skip")).text, "skipped");
  assert.match(String((await visitor.ask("/users/u/7", { method: "OPTIONS" })).headers.allow), /^GET, ?HEAD$/);
});

overBoth("an app that is only called by another listener works", async ({ express, serve }) => {
  const app = express();
  app.get("/", (req, res) => void res.json({ via: req.app === app, ip: req.ip }));
  const visitor = await serve((request, response) => app(request as Request, response as Response));
  assert.deepEqual(JSON.parse((await visitor.ask("/")).text), { via: true, ip: "127.0.0.1" });
});
