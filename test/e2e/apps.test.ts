import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync } from "node:fs";
import { suite, test } from "node:test";
import { createCertificate } from "../support/certificate.ts";
import { request, type Target } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { type Ask, overHttp, overHttp2, overLines, rollCall } from "../support/roll-call.ts";

interface Row {
  readonly title: string;
  readonly entry: string;
  /** What `ready` calls the app. */
  readonly framework?: string;
  /** Default: HTTP/1.1, with an echo of a POST. */
  readonly over?: "https" | "http2" | "h2c" | "lines";
  /** What the app says of itself beside who it is. */
  readonly says?: Readonly<Record<string, unknown>>;
}

const certificate = createCertificate();
const { cert: ca } = certificate;
const TLS = { TEST_TLS_KEY: certificate.key, TEST_TLS_CERT: ca };
const WORKERS = 2;

const asks: Record<NonNullable<Row["over"]> | "http", (target: Target) => Ask> = {
  http: overHttp,
  https: (target) => overHttp({ ...target, ca }),
  http2: (target) => overHttp2({ ...target, ca }),
  h2c: overHttp2,
  lines: overLines,
};

const rows: readonly Row[] = [
  { title: "a plain http server", entry: "http.js" },
  { title: "an https server", entry: "https.js", over: "https" },
  { title: "a secure http2 server, over HTTP/2", entry: "http2.js", over: "http2" },
  { title: "a secure http2 server, over HTTP/1.1", entry: "http2.js", over: "https" },
  { title: "an http2 server without TLS", entry: "h2c.js", over: "h2c" },
  { title: "a net server", entry: "net.js", over: "lines", says: { said: "hello" } },
  { title: "Express 5 that listens", entry: "express5.js" },
  { title: "Express 5 that is exported", entry: "express5-export.js", framework: "Express" },
  { title: "Express 4 that listens", entry: "express4.cjs" },
  { title: "Express 4 that is exported", entry: "express4-export.cjs", framework: "Express" },
  { title: "Koa 3 in app.js and server.js", entry: "koa3/server.js" },
  { title: "Koa 3 that is exported", entry: "koa3/app.js", framework: "Koa" },
  { title: "Koa 2 in app.js and server.js", entry: "koa2/server.js" },
  { title: "Koa 2 that is exported", entry: "koa2/app.js", framework: "Koa" },
  { title: "Fastify that listens", entry: "fastify.js" },
  { title: "Fastify that is exported", entry: "fastify-export.js", framework: "Fastify" },
  { title: "Hono that is exported", entry: "hono-export.js", framework: "Hono" },
  { title: "Hono served by its adapter for Node", entry: "hono-serve.js" },
  { title: "a Nest bootstrap", entry: "nest.js" },
  {
    title: "a CommonJS file that listens when it is the main module",
    entry: "forms/commonjs.cjs",
    says: { format: "commonjs" },
  },
  { title: "an ES module that listens when it is the main module", entry: "forms/esm.js", says: { format: "esm" } },
  { title: "a TypeScript file", entry: "forms/typescript.ts", says: { format: "typescript" } },
  { title: "a module that awaits before it listens", entry: "forms/top-level-await.js", says: { source: "awaited" } },
  { title: "an async factory", entry: "forms/async-factory.js", says: { source: "factory" } },
  { title: "a (req, res) function as default export", entry: "forms/handler-default.js" },
  { title: "a (req, res) function exported as handler", entry: "forms/handler-named.cjs" },
  { title: "an http.Server that does not listen", entry: "forms/server-export.js" },
  { title: "a fetch handler", entry: "forms/fetch-function.js" },
  { title: "an object with fetch", entry: "forms/fetch-object.js" },
];

suite("runs on every worker", () => {
  for (const { title, entry, framework, over = "http", says = {} } of rows) {
    test(title, async (t) => {
      const drover = await start(t, app(entry), { workers: WORKERS, env: TLS });
      const target = { port: drover.port };
      const heard = await rollCall(asks[over](target), WORKERS);

      const expected = [...drover.workers()];
      assert.deepEqual(
        heard.map(({ slot, pid }) => [slot, pid]),
        expected,
      );
      assert.deepEqual(
        expected.map(([slot]) => slot),
        [1, 2],
      );
      for (const who of heard) {
        if (over !== "lines") assert.equal(who.isPrimary, false);
        for (const [key, value] of Object.entries(says)) assert.equal(who[key], value);
      }
      if (framework) assert.match(String(drover.ready["framework"]), new RegExp(framework, "i"));
      if (over !== "http" && over !== "https") return;

      const body = randomBytes(10_000);
      const secure = over === "https" ? { ca } : {};
      const { response } = await request({ ...target, ...secure }, { path: "/echo", body });
      assert.equal(response?.status, 200);
      assert.ok(response.body.equals(body), "the body comes back byte for byte");
    });
  }
});

test("serves a mounted Express app, its own paths included", async (t) => {
  const drover = await start(t, app("express5-export.js"));
  const [who] = await rollCall(overHttp({ port: drover.port }, "/admin/"), 2);
  assert.equal(who?.["mountedAt"], "/admin");
});

test("runs a background worker that never listens", async (t) => {
  const drover = await start(t, app("background.js"), { flags: ["--no-listen"] });
  for (const [slot, pid] of drover.workers()) {
    const line = await drover.log.find(
      "a line of the app",
      (one) => one.slot === slot && one.pid === pid && one.stream === "stdout",
    );
    assert.deepEqual(JSON.parse(line.msg?.replace("started ", "") ?? ""), { pid, slot, isPrimary: false });
  }
  assert.equal(drover.workers().size, 2);
  assert.deepEqual(drover.log.events("listening"), []);
  assert.deepEqual(await drover.stop(), { code: 0, signal: null });
});

test("hands the app its arguments, its folder and its instance number", async (t) => {
  const drover = await start(t, app("environment.js"), { workers: 1, args: ["--colour", "red"] });
  const who = await overHttp({ port: drover.port })();
  assert.deepEqual(who["args"], ["--colour", "red"]);
  assert.equal(who["cwd"], app("").replace(/\/$/, ""));
  assert.equal(who["main"], app("environment.js"));
  assert.equal(who["instance"], "0");
  assert.equal(who["nodeEnv"], "production");
  assert.deepEqual(who["leaked"], []);
});

test("runs a primaryModule beside the supervisor, in a process of its own", async (t) => {
  const flags = ["--primary-module", app("supervision/beside.js")];
  const drover = await start(t, app("http.js"), { workers: 1, flags });
  const line = await drover.log.find("its line", (one) => one.msg?.startsWith("beside ") ?? false);
  const said: unknown = JSON.parse(line.msg?.replace("beside the supervisor ", "") ?? "");
  assert.deepEqual(said, { pid: line.pid, parent: drover.pid, isPrimary: true });
  assert.notEqual(line.pid, drover.workers().get(1));
  assert.deepEqual(await drover.stop(), { code: 0, signal: null });
});

test("runs the workers as another user", { skip: process.getuid?.() !== 0 && "only root may" }, async (t) => {
  const flags = ["--user", "65534", "--group", "65534"];
  // Whatever the workers share is to be theirs, and no test's in the system's folders.
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  const drover = await start(t, app("supervision/identity.js"), { flags, env: { STATE_DIRECTORY: folder } });
  const heard = await rollCall(overHttp({ port: drover.port }), WORKERS);
  assert.deepEqual(
    heard.map(({ uid, gid }) => [uid, gid]),
    [
      [65_534, 65_534],
      [65_534, 65_534],
    ],
  );
});
