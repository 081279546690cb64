import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Hono } from "hono";
import { createServer } from "../../src/server/create-server.ts";
import { lightenResponses } from "../../src/server/light-responses.ts";

const native = globalThis.Response;

const app = new Hono()
  .get("/text", (context) => context.text("words", 201, { "x-own": "yes" }))
  .get("/json", (context) => context.json({ a: 1 }))
  .get("/empty", (context) => context.body(null, 204))
  .get("/moved", (context) => context.redirect("/text", 307))
  .get("/stream", (context) => context.body(new Blob(["in ", "parts"]).stream()))
  .get("/copy", async () => {
    const first = new Response("copied", { status: 203, headers: { "x-own": "yes" } });
    return new Response(first.clone().body, first);
  })
  .get("/foreign", () => new native("made before"))
  .get("/fails", () => {
    throw new Error("on purpose");
  });
app.onError((_error, context) => context.text("failed", 500));

async function serve(): Promise<{ url: string; close: () => void }> {
  const server = await createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

async function answers(url: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const path of ["text", "json", "empty", "moved", "stream", "copy", "foreign", "fails", "missing"]) {
    const response = await fetch(`${url}/${path}`, { redirect: "manual", headers: { connection: "close" } });
    const own = ["content-type", "x-own", "location"].map((name) => response.headers.get(name)?.toLowerCase());
    found.push([path, response.status, ...own, await response.text()]);
  }
  return found;
}

test("an app of Hono answers the same with light responses as with Node's, and they count as each other's", async (t) => {
  const { url, close } = await serve();
  t.after(close);
  t.after(() => (globalThis.Response = native));
  const before = await answers(url);
  await lightenResponses();
  assert.notEqual(globalThis.Response, native);
  assert.ok(new Response("light") instanceof native);
  assert.ok(new native("heavy") instanceof Response);
  assert.deepEqual(await answers(url), before);
});

test("a Response that the app has put there stays", async (t) => {
  t.after(() => (globalThis.Response = native));
  class Own extends native {}
  globalThis.Response = Own;
  await lightenResponses();
  assert.equal(globalThis.Response, Own);
});
