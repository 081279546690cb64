import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import Koa from "koa";
import session, { type CreateSessionOptions } from "koa-session";
import Koa2 from "koa2";
import { createServer } from "../../src/server/create-server.ts";
import { SharedKoaStore } from "../../src/session/koa/store.ts";
import { Sessions } from "../../src/session/sessions.ts";
import { CountingStore } from "../support/counting-store.ts";
import { Visitor } from "../support/visitor.ts";
import { Held } from "./held.ts";
import { listen } from "./serve.ts";

const HOUR = 3_600_000;

interface World {
  readonly store: CountingStore;
  readonly visitor: Visitor;
  readonly url: string;
  /** Moves the time of the store's door, which decides about touches. */
  readonly pass: (ms: number) => void;
  /** Ends what the text of the only session says about its life, as time would. */
  readonly expire: () => void;
  /** Holds the requests of `/slow` in the app. */
  readonly held: Held;
}

async function serve(t: TestContext, options: CreateSessionOptions = {}, App: typeof Koa = Koa): Promise<World> {
  const store = new CountingStore();
  let now = Date.now();
  const clock = (): number => now;
  const held = new Held();
  const app = new App();
  app.keys = ["a secret of the tests"];
  app.silent = true;
  app.use(
    session(
      {
        store: new SharedKoaStore(new Sessions(store, 24 * HOUR, { clock, random: () => 0 }), Date.now),
        maxAge: HOUR,
        ...options,
      },
      app,
    ),
  );
  app.use(async (ctx) => {
    await act(ctx);
    if (ctx.path === "/slow") await held.hold();
    ctx.body = ctx.session ?? "nobody";
  });
  const url = await listen(t, await createServer(app));
  const expire = (): void => {
    for (const [key, text] of store.values)
      store.values.set(key, JSON.stringify({ ...JSON.parse(text), _expire: Date.now() - 1 }));
  };
  return { store, visitor: new Visitor(url), url, pass: (ms) => void (now += ms), expire, held };
}

// koa-session adds `session` to the context without telling its type.
async function act(ctx: Koa.Context): Promise<void> {
  if (ctx.path === "/login") ctx.session = { user: "ada" };
  if (ctx.path === "/logout") ctx.session = null;
  if (ctx.path === "/rename") ctx.session.user = "grace";
  if (ctx.path === "/longer") {
    ctx.session.user = "lovelace";
    ctx.session.maxAge = 2 * HOUR;
  }
  if (ctx.path === "/save") await ctx.session.save();
  if (ctx.path === "/there-and-back") {
    ctx.session.user = "nobody";
    await ctx.session.save();
    ctx.session.user = "ada";
  }
  if (ctx.path === "/regenerate") await ctx.session.regenerate();
}

for (const [name, App] of [
  ["Koa 3", Koa],
  ["Koa 2", Koa2],
] as const)
  describe(name, () => {
    test("knows again who logged in, until the logout", async (t) => {
      const { visitor } = await serve(t, {}, App);
      assert.equal((await visitor.post("/login")).status, 200);
      assert.deepEqual(await (await visitor.get("/")).json(), { user: "ada" });
      await visitor.post("/logout");
      assert.deepEqual(await (await visitor.get("/")).json(), {});
    });

    test("answers 503 with Retry-After, and nothing of the store, to requests that carry a session while the store is away", async (t) => {
      const { visitor, store, url } = await serve(t, {}, App);
      await visitor.post("/login");
      const before = new Map(visitor.cookies);
      store.away = true;
      for (const answer of [
        await visitor.get("/"),
        await visitor.post("/login"),
        await new Visitor(url).post("/login"),
      ]) {
        assert.equal(answer.status, 503);
        assert.equal(answer.headers.get("retry-after"), "1");
        assert.deepEqual(answer.headers.getSetCookie(), []);
        assert.equal(await answer.text(), "Service Unavailable");
      }
      assert.equal((await new Visitor(url).get("/")).status, 200);
      store.away = false;
      assert.deepEqual(visitor.cookies, before);
      assert.deepEqual(await (await visitor.get("/")).json(), { user: "ada" });
    });

    test("does not say that a logout or a change was done when it was not", async (t) => {
      const { visitor, store } = await serve(t, {}, App);
      await visitor.post("/login");
      store.full = true;
      assert.equal((await visitor.post("/rename")).status, 503);
      assert.equal((await visitor.post("/logout")).status, 503);
      assert.deepEqual(await (await visitor.get("/")).json(), { user: "ada" });
    });
  });

test("asks the store nothing for a visitor without a session, or with a cookie that was not signed here", async (t) => {
  const { visitor, store } = await serve(t, { rolling: true });
  await visitor.get("/");
  visitor.hold("koa.sess", "6f1c0b5e-0000-4000-8000-000000000000");
  await visitor.get("/");
  visitor.hold("koa.sess.sig", "AAAAAAAAAAAAAAAAAAAAAAAAAAA");
  await visitor.get("/");
  assert.deepEqual(store.verbs, []);
});

test("only reads a session that did not change", async (t) => {
  const { visitor, store } = await serve(t);
  await visitor.post("/login");
  await visitor.get("/");
  await visitor.get("/");
  assert.deepEqual(store.verbs, ["set", "get", "get"]);
});

test("writes no rolling session that did not change, and touches it now and then", async (t) => {
  const { visitor, store, pass } = await serve(t, { rolling: true });
  await visitor.post("/login");
  store.calls = [];
  for (let i = 0; i < 10; i++) {
    const answer = await visitor.get("/");
    assert.match(answer.headers.getSetCookie().join(), /koa\.sess=/);
  }
  assert.equal(store.count("set", "touch"), 0);
  pass(HOUR / 2);
  for (let i = 0; i < 10; i++) await visitor.get("/");
  assert.equal(store.count("set"), 0);
  assert.equal(store.count("touch"), 1);
  assert.ok(store.lastTtl >= HOUR);
});

test("keeps a rolling session that was touched past the end that its text names", async (t) => {
  const { visitor, expire } = await serve(t, { rolling: true });
  await visitor.post("/login");
  expire();
  assert.deepEqual(await (await visitor.get("/")).json(), { user: "ada" });
  assert.deepEqual(await (await visitor.get("/")).json(), { user: "ada" });
});

test("prolongs a session with `renew` that was touched past the end that its text names", async (t) => {
  const { visitor, store, expire, pass } = await serve(t, { renew: true });
  await visitor.post("/login");
  expire();
  pass(HOUR / 2);
  store.calls = [];
  const answer = await visitor.get("/");
  assert.deepEqual(await answer.json(), { user: "ada" });
  assert.deepEqual(store.verbs, ["get", "touch"]);
  assert.match(answer.headers.getSetCookie().join(), /koa\.sess=/);
});

test("ends a session that nothing prolongs exactly when its text says, though the store has it longer", async (t) => {
  const { visitor, expire } = await serve(t);
  await visitor.post("/login");
  expire();
  assert.deepEqual(await (await visitor.get("/")).json(), {});
});

test("moves that end when the app saves the session by hand", async (t) => {
  const { visitor, store } = await serve(t);
  await visitor.post("/login");
  store.calls = [];
  await visitor.post("/save");
  assert.deepEqual(store.verbs, ["get", "set"]);
});

test("writes what changed together with maxAge, which koa-session does not call changed", async (t) => {
  for (const options of [{}, { rolling: true }, { renew: true }]) {
    const { visitor, store } = await serve(t, options);
    await visitor.post("/login");
    await visitor.post("/longer");
    assert.deepEqual(await (await visitor.get("/")).json(), { user: "lovelace" });
    assert.ok(store.lastTtl >= 2 * HOUR);
  }
});

test("writes a rolling session that was changed, saved by hand and changed back", async (t) => {
  const { visitor } = await serve(t, { rolling: true });
  await visitor.post("/login");
  await visitor.post("/there-and-back");
  assert.deepEqual(await (await visitor.get("/")).json(), { user: "ada" });
});

test("writes a session under its new key when it is regenerated, also a rolling one", async (t) => {
  const { visitor, store } = await serve(t, { rolling: true });
  await visitor.post("/login");
  const [before] = store.values.keys();
  await visitor.post("/regenerate");
  const [after, ...others] = store.values.keys();
  assert.notEqual(after, before);
  assert.deepEqual(others, []);
  assert.deepEqual(await (await visitor.get("/")).json(), { user: "ada" });
});

test("keeps a session that lives as long as the browser for a day after its last use", async (t) => {
  const { visitor, store, pass } = await serve(t, { maxAge: "session" });
  const login = await visitor.post("/login");
  assert.doesNotMatch(login.headers.getSetCookie().join(), /expires/i);
  assert.ok(store.lastTtl >= 24 * HOUR);
  pass(20 * HOUR);
  store.calls = [];
  assert.deepEqual(await (await visitor.get("/")).json(), { user: "ada" });
  assert.deepEqual(store.verbs, ["get", "touch"]);
});

test("keeps sessions a day when the app names no maxAge", async (t) => {
  const { visitor, store } = await serve(t, { maxAge: undefined });
  await visitor.post("/login");
  assert.ok(store.lastTtl >= 24 * HOUR);
});

test("finds the session by a key that does not come from a cookie", async (t) => {
  const externalKey = {
    get: (ctx: Koa.Context) => ctx.get("authorization"),
    set: (ctx: Koa.Context, key: string) => ctx.set("x-key", key),
  };
  const { url, store } = await serve(t, { externalKey });
  const login = await fetch(`${url}/login`, { method: "POST" });
  const authorization = login.headers.get("x-key") ?? "";
  assert.deepEqual(await (await fetch(url, { headers: { authorization } })).json(), { user: "ada" });
  assert.ok([...store.values.keys()].every((key) => !key.includes(authorization)));
});

test("leaves alone what another request did to a session while it was in use", async (t) => {
  for (const [path, then] of [
    ["/rename", { user: "grace" }],
    ["/logout", {}],
  ] as const) {
    const { visitor, held, pass } = await serve(t, { rolling: true });
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
