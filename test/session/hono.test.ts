import assert from "node:assert/strict";
import type { Server } from "node:net";
import { describe, test, type TestContext } from "node:test";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { sessionMiddleware, type Session, type SessionOptions } from "hono-sessions";
import { createServer } from "../../src/server/create-server.ts";
import { SharedHonoStore } from "../../src/session/hono/store.ts";
import { Sessions } from "../../src/session/sessions.ts";
import { StoreUnavailable } from "../../src/store/unavailable.ts";
import { CountingStore } from "../support/counting-store.ts";
import { Visitor } from "../support/visitor.ts";
import { Held } from "./held.ts";
import { listen } from "./serve.ts";

const HOUR = 3_600_000;
const SEALED = { encryptionKey: "a secret of the tests, 32 characters" };

type Options = { [Key in keyof Omit<SessionOptions, "store">]?: SessionOptions[Key] | undefined };
interface Variables {
  session: Session<{ user: string; note: string }>;
  session_key_rotation: boolean;
}

interface World {
  readonly store: CountingStore;
  readonly visitor: Visitor;
  readonly url: string;
  readonly pass: (ms: number) => void;
  readonly expire: () => void;
  /** Holds the requests of `/slow` in the app. */
  readonly held: Held;
}

type App = Hono<{ Variables: Variables }>;

const underDrover = async (app: App): Promise<Server> => createServer(app);
const underNodeServer = async (app: App): Promise<Server> => createAdaptorServer(app);

async function serve(t: TestContext, options: Options = {}, serverOf = underDrover): Promise<World> {
  const store = new CountingStore();
  let now = Date.now();
  const sessions = new Sessions(store, 24 * HOUR, { clock: () => now, random: () => 0 });
  const held = new Held();
  const app = createApp(held, {
    store: new SharedHonoStore(sessions, Date.now),
    ...SEALED,
    ...options,
  } as SessionOptions);
  const url = await listen(t, await serverOf(app));
  const expire = (): void => {
    const _expire = new Date(Date.now() - 1).toISOString();
    for (const [key, text] of store.values) store.values.set(key, JSON.stringify({ ...JSON.parse(text), _expire }));
  };
  return { store, visitor: new Visitor(url), url, pass: (ms) => void (now += ms), expire, held };
}

function createApp(held: Held, options: SessionOptions): App {
  const app = new Hono<{ Variables: Variables }>();
  app.use(sessionMiddleware({ expireAfterSeconds: 3600, ...options }));
  app.get("/", (c) => c.json({ user: c.var.session.get("user"), note: c.var.session.get("note") }));
  app.get("/slow", async (c) => {
    await held.hold();
    return c.text("at last");
  });
  app.post("/login", (c) => {
    c.var.session.set("user", "ada");
    return c.html("<b>welcome</b>");
  });
  app.post("/rename", (c) => {
    c.var.session.set("user", "grace");
    return c.text("renamed");
  });
  app.post("/flash", (c) => {
    c.var.session.flash("note", "once");
    return c.text("noted");
  });
  app.post("/forget", (c) => {
    c.var.session.forget("user");
    return c.text("forgotten");
  });
  app.post("/logout", (c) => {
    c.var.session.deleteSession();
    return c.text("bye");
  });
  app.post("/rotate", (c) => {
    c.set("session_key_rotation", true);
    return c.text("rotated");
  });
  return app;
}

const ADA = { user: "ada", note: null };
const NOBODY = { user: null, note: null };

for (const [name, serverOf] of [
  ["an exported Hono app", underDrover],
  ["Hono on @hono/node-server", underNodeServer],
] as const)
  describe(name, () => {
    test("knows again who logged in, until the logout", async (t) => {
      const { visitor, store } = await serve(t, {}, serverOf);
      assert.equal((await visitor.post("/login")).status, 200);
      assert.deepEqual(await (await visitor.get("/")).json(), ADA);
      await visitor.post("/logout");
      assert.equal(store.values.size, 0);
      assert.deepEqual(await (await visitor.get("/")).json(), NOBODY);
    });

    test("answers 503 with Retry-After, and nothing of the store, to requests that carry a session while the store is away", async (t) => {
      const { visitor, store, url } = await serve(t, {}, serverOf);
      await visitor.post("/login");
      store.away = true;
      for (const answer of [
        await visitor.get("/"),
        await visitor.post("/login"),
        await new Visitor(url).post("/login"),
      ]) {
        assert.equal(answer.status, 503);
        assert.equal(answer.headers.get("retry-after"), "1");
        assert.equal(answer.headers.get("content-type"), "text/plain;charset=UTF-8");
        assert.equal(await answer.text(), "Service Unavailable");
      }
      assert.equal((await new Visitor(url).get("/")).status, 200);
      store.away = false;
      assert.deepEqual(await (await visitor.get("/")).json(), ADA);
    });

    test("does not say that a logout or a change was done when it was not", async (t) => {
      const { visitor, store } = await serve(t, {}, serverOf);
      await visitor.post("/login");
      store.full = true;
      assert.equal((await visitor.post("/rename")).status, 503);
      assert.equal((await visitor.post("/logout")).status, 503);
      assert.deepEqual(await (await visitor.get("/")).json(), ADA);
    });
  });

test("keeps the visitor's session when the store fails to read it and is back a moment later", async (t) => {
  const { visitor, store } = await serve(t);
  await visitor.post("/login");
  const before = new Map(visitor.cookies);
  const get = store.get.bind(store);
  store.get = async () => {
    store.get = get;
    throw new StoreUnavailable(store.name, "connection lost");
  };
  assert.equal((await visitor.get("/")).status, 503);
  assert.deepEqual(visitor.cookies, before);
  assert.deepEqual(await (await visitor.get("/")).json(), ADA);
});

test("stores nothing for a visitor for whom the app stores nothing", async (t) => {
  const { visitor, store } = await serve(t);
  await visitor.get("/");
  assert.deepEqual(store.verbs, []);
  await visitor.get("/");
  assert.deepEqual(store.verbs, ["get"]);
});

test("asks the store nothing for a cookie that was not sealed here", async (t) => {
  const { visitor, store } = await serve(t);
  visitor.hold("session", "6f1c0b5e-0000-4000-8000-000000000000");
  await visitor.get("/");
  assert.deepEqual(store.verbs, []);
});

test("writes no session that did not change, and touches it now and then", async (t) => {
  const { visitor, store, pass } = await serve(t);
  await visitor.post("/login");
  store.calls = [];
  for (let i = 0; i < 10; i++) await visitor.get("/");
  assert.equal(store.count("set", "touch"), 0);
  pass(HOUR / 2);
  for (let i = 0; i < 10; i++) await visitor.get("/");
  assert.equal(store.count("set"), 0);
  assert.equal(store.count("touch"), 1);
  assert.ok(store.lastTtl >= HOUR - 60_000);
});

test("keeps a session that was touched past the end that its text names", async (t) => {
  const { visitor, expire } = await serve(t);
  await visitor.post("/login");
  expire();
  assert.deepEqual(await (await visitor.get("/")).json(), ADA);
  assert.deepEqual(await (await visitor.get("/")).json(), ADA);
});

test("only reads a session that did not change where the app lets sessions end", async (t) => {
  const { visitor, store, pass } = await serve(t, { autoExtendExpiration: false });
  await visitor.post("/login");
  pass(HOUR / 2);
  store.calls = [];
  assert.deepEqual(await (await visitor.get("/")).json(), ADA);
  assert.deepEqual(store.verbs, ["get"]);
});

test("keeps sessions a day after their last use when the app names no time", async (t) => {
  const { visitor, store } = await serve(t, { expireAfterSeconds: undefined });
  await visitor.post("/login");
  assert.ok(store.lastTtl >= 24 * HOUR);
});

test("hands a flash out once", async (t) => {
  const { visitor } = await serve(t);
  await visitor.post("/flash");
  assert.deepEqual(await (await visitor.get("/")).json(), { user: null, note: "once" });
  assert.deepEqual(await (await visitor.get("/")).json(), NOBODY);
});

test("forgets what the app forgets, also the last of it", async (t) => {
  const { visitor } = await serve(t);
  await visitor.post("/login");
  await visitor.post("/forget");
  assert.deepEqual(await (await visitor.get("/")).json(), NOBODY);
});

test("moves a session to its new key when the app rotates it", async (t) => {
  const { visitor, store } = await serve(t);
  await visitor.post("/login");
  const [before] = store.values.keys();
  await visitor.post("/rotate");
  const [after, ...others] = store.values.keys();
  assert.notEqual(after, before);
  assert.deepEqual(others, []);
  assert.deepEqual(await (await visitor.get("/")).json(), ADA);
});

test("stores no id in clear, neither as key nor in the text", async (t) => {
  const { visitor, store } = await serve(t, { encryptionKey: undefined });
  await visitor.post("/login");
  await visitor.post("/rename");
  const id = visitor.cookies.get("session") ?? "";
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.ok(!JSON.stringify([...store.values]).includes(id));
});

test("leaves alone what another request did to a session while it was in use", async (t) => {
  for (const [path, then] of [
    ["/rename", { user: "grace", note: null }],
    ["/logout", NOBODY],
  ] as const) {
    const { visitor, held, pass } = await serve(t);
    await visitor.post("/login");
    pass(HOUR / 2);
    const slow = visitor.clone().get("/slow");
    await held.begun;
    await visitor.clone().post(path);
    held.letGo();
    assert.equal((await slow).status, 200);
    assert.deepEqual(await (await visitor.get("/")).json(), then);
  }
});
