import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { suite, test, type TestContext } from "node:test";
import express5, { type Express, type Router } from "express";
import express4 from "express4";
import fastify from "fastify";
import { watchRoutes } from "../../../src/worker/metrics/routes.ts";
import { request } from "../../support/client.ts";

/** What is known of the route of each of these paths when it is answered. */
async function routesOf(t: TestContext, app: RequestListener, paths: readonly string[]): Promise<(string | null)[]> {
  const routeOf = watchRoutes();
  const routes: (string | null)[] = [];
  const server = createServer((message: IncomingMessage, response) => {
    response.once("finish", () => routes.push(routeOf(message)));
    app(message, response);
  });
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  for (const path of paths) await request({ port }, { path });
  return routes;
}

function shop(express: { (): Express; Router: () => Router }): Express {
  const app = express();
  const inner = express.Router();
  inner.get("/:piece", (_, response) => void response.send("piece"));
  inner.get("/", () => {
    throw new Error("of the app");
  });
  const outer = express.Router();
  outer.use("/in-ner", inner);
  app.get("/users/:id", (_, response) => void response.send("user"));
  app.get(/^\/exp/, (_, response) => void response.send("expression"));
  app.get(["/one", "/two"], (_, response) => void response.send("list"));
  app.use("/outer", outer);
  app.use(
    ["/x", "/y"],
    express.Router().get("/listed", (_, response) => void response.send("listed")),
  );
  const twice = express.Router().get("/:id", (_, response) => void response.send("twice"));
  app.use("/v1", twice).use("/v2/", twice);
  app.use(
    "/of/:tenant",
    express.Router().get("/page", (_, response) => void response.send("page")),
  );
  const sub = express();
  sub.use(
    "/deep",
    express.Router().get("/:id", (_, response) => void response.send("deep")),
  );
  app.use("/sub", sub);
  app.use((_: unknown, __: unknown, response: { sendStatus(status: number): void }, ___: unknown) =>
    response.sendStatus(500),
  );
  return app;
}

function unknownFramework(message: IncomingMessage, response: ServerResponse): void {
  Object.assign(message, { route: { path: message.url }, app: {} });
  response.end();
}

const ROWS: readonly [path: string, in5: string | null, in4: string | null][] = [
  ["/users/7?secret=1", "/users/:id", "/users/:id"],
  ["/nowhere", null, null],
  ["/expression", String(/^\/exp/), String(/^\/exp/)],
  ["/two", "/one|/two", "/one|/two"],
  ["/outer/in-ner/3", "/outer/in-ner/:piece", "/outer/in-ner/:piece"],
  ["/OUTER/in-ner/4", "/outer/in-ner/:piece", "/outer/in-ner/:piece"],
  // It throws, and what answers is not the router's any more.
  ["/outer/in-ner", "/outer/in-ner", "/outer/in-ner"],
  ["/x/listed", null, null],
  ["/v1/5", "/v1/:id", "/v1/:id"],
  ["/v2/5", "/v2/:id", "/v2/:id"],
  // Express 4 forgets what was written.
  ["/of/acme/page", "/of/:tenant/page", null],
  ["/sub/deep/9", "/sub/deep/:id", "/sub/deep/:id"],
];

suite("the route of a request is its template, and never its path", () => {
  const paths = ROWS.map(([path]) => path);

  test("in Express 5", async (t) => {
    assert.deepEqual(
      await routesOf(t, shop(express5), paths),
      ROWS.map(([, in5]) => in5),
    );
  });

  test("in Express 4", async (t) => {
    assert.deepEqual(
      await routesOf(t, shop(express4), paths),
      ROWS.map(([, , in4]) => in4),
    );
  });

  test("in Fastify", async (t) => {
    const app = fastify({ serverFactory: (handler) => createServer(handler) });
    await app.register(
      (scope, _, done) => {
        scope.get("/users/:id", () => "user");
        done();
      },
      { prefix: "/api" },
    );
    await app.ready();
    assert.deepEqual(await routesOf(t, (...pair) => app.routing(...pair), ["/api/users/7", "/nowhere"]), [
      "/api/users/:id",
      null,
    ]);
  });

  test("and no longer than 200 characters", async (t) => {
    const paths = Array.from({ length: 100 }, (_, index) => `/tenant-${index}`);
    const app = express5().get(paths, (_, response) => void response.send("tenant"));
    const [route] = await routesOf(t, app, ["/tenant-7"]);
    assert.equal(route, `${paths.join("|").slice(0, 199)}…`);
  });

  test("and unknown where no framework says it", async (t) => {
    assert.deepEqual(await routesOf(t, unknownFramework, ["/raw/7"]), [null]);
  });
});
