import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { useSession, type SessionEnv } from "@hono/session";
import { Hono } from "hono";
import { createServer } from "../../src/server/create-server.ts";
import { sharedStorage } from "../../src/session/hono/request-storage.ts";
import { Sessions } from "../../src/session/sessions.ts";
import { CountingStore } from "../support/counting-store.ts";
import { Visitor } from "../support/visitor.ts";
import { listen } from "./serve.ts";

const HOUR = 3_600_000;
const SECRET = "a secret of the tests, 32 characters";

interface World {
  readonly store: CountingStore;
  readonly visitor: Visitor;
  readonly pass: (ms: number) => void;
}

async function serve(t: TestContext): Promise<World> {
  const store = new CountingStore();
  let now = Date.now();
  const sessions = new Sessions(store, 24 * HOUR, { clock: () => now, random: () => 0 });
  const app = new Hono<SessionEnv>();
  app.use(sharedStorage(sessions), useSession({ secret: SECRET }));
  app.get("/", async (c) => c.json(await c.var.session.get()));
  app.get("/public", (c) => c.text("for all"));
  app.post("/login", async (c) => {
    await c.var.session.update({ user: "ada" });
    return c.text("welcome", 200, { "content-length": "7" });
  });
  app.post("/login-anew", async (c) => {
    const { session, sessionStorage } = c.var;
    await session.get();
    if (session.id !== null) sessionStorage?.delete(session.id);
    await session.update({ user: "grace" });
    return c.text("welcome");
  });
  app.post("/read-and-logout", async (c) => {
    await c.var.session.get();
    c.var.session.delete();
    return c.text("bye");
  });
  app.post("/logout", (c) => {
    c.var.session.delete();
    return c.text("bye");
  });
  const url = await listen(t, await createServer(app));
  return { store, visitor: new Visitor(url), pass: (ms) => void (now += ms) };
}

test("knows again who logged in, until the logout", async (t) => {
  const { visitor, store } = await serve(t);
  assert.equal(await (await visitor.post("/login")).text(), "welcome");
  assert.deepEqual(await (await visitor.get("/")).json(), { user: "ada" });
  await visitor.post("/read-and-logout");
  assert.equal(store.values.size, 0);
  assert.equal(await (await visitor.get("/")).json(), null);
});

test("ends a session that is deleted without having been read: a copy of its cookie is of no use", async (t) => {
  const { visitor, store } = await serve(t);
  await visitor.post("/login");
  const copy = visitor.clone();
  assert.equal(await (await visitor.post("/logout")).text(), "bye");
  assert.equal(store.values.size, 0);
  assert.equal(await (await copy.get("/")).json(), null);
});

test("asks the store nothing when somebody logs out who is not logged in", async (t) => {
  const { visitor, store } = await serve(t);
  assert.equal((await visitor.post("/logout")).status, 200);
  assert.deepEqual(store.verbs, []);
});

test("gives a login a new id where the app deletes the old one from the storage", async (t) => {
  const { visitor, store } = await serve(t);
  await visitor.post("/login");
  const [before] = store.values.keys();
  const copy = visitor.clone();
  await visitor.post("/login-anew");
  const [after, ...others] = store.values.keys();
  assert.notEqual(after, before);
  assert.deepEqual(others, []);
  assert.deepEqual(await (await visitor.get("/")).json(), { user: "grace" });
  assert.equal(await (await copy.get("/")).json(), null);
});

test("answers no login before it is stored, and 503 with Retry-After when it cannot be", async (t) => {
  const { visitor, store } = await serve(t);
  store.away = true;
  const answer = await visitor.post("/login");
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "1");
  assert.equal(await answer.text(), "Service Unavailable");
  assert.equal((await visitor.get("/public")).status, 200);
});

test("answers 503 to who has a session while the store is away, and knows them again afterwards", async (t) => {
  const { visitor, store } = await serve(t);
  await visitor.post("/login");
  store.away = true;
  assert.equal((await visitor.get("/")).status, 503);
  for (const path of ["/logout", "/read-and-logout"]) {
    const other = visitor.clone();
    const answer = await other.post(path);
    assert.equal(answer.status, 503);
    assert.deepEqual(other.cookies, visitor.cookies, "who is not logged out keeps the cookie");
  }
  assert.equal((await visitor.get("/public")).status, 200);
  store.away = false;
  assert.deepEqual(await (await visitor.get("/")).json(), { user: "ada" });
});

test("writes nothing that did not change, and touches now and then what is read", async (t) => {
  const { visitor, store, pass } = await serve(t);
  await visitor.post("/login");
  store.calls = [];
  await visitor.get("/public");
  assert.deepEqual(store.verbs, []);
  await visitor.get("/");
  await visitor.post("/login");
  assert.deepEqual(store.verbs, ["get", "get"]);
  pass(5 * HOUR);
  await visitor.get("/");
  await visitor.get("/");
  assert.deepEqual(store.verbs.slice(2), ["get", "touch", "get"]);
});

test("asks the store nothing for a cookie that was not sealed here", async (t) => {
  const { visitor, store } = await serve(t);
  t.mock.method(console, "error", () => {});
  visitor.hold("sid", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA");
  assert.equal(await (await visitor.get("/")).json(), null);
  assert.deepEqual(store.verbs, []);
});
