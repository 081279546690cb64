import assert from "node:assert/strict";
import { suite, test } from "node:test";
import express from "express";
import session from "express-session";
import express4 from "express4";
import { createStore } from "../../src/session/express.ts";
import { assertUnavailable, cookieOf, login, logout, said, serve, who, type Handler } from "../support/express-app.ts";

const forget: Handler = (req, res) => {
  Reflect.set(req, "session", null);
  res.send("bye");
};

const careful: Handler = (req, res, next) => {
  req.session.user = "Ada";
  req.session.save((error: unknown) => (error ? next?.(error) : res.send("welcome")));
};

for (const [name, framework] of [
  ["Express 5", express],
  ["Express 4", express4],
] as const) {
  suite(name, () => {
    test("keeps a session from login to logout", async (t) => {
      const { ask, store } = await serve(t, { login, who, logout }, {}, framework);
      const cookie = cookieOf(await ask("/login"));
      assert.equal(said(await ask("/who", cookie)), "200 Ada");
      assert.equal(said(await ask("/logout", cookie)), "200 bye");
      assert.equal(said(await ask("/who", cookie)), "200 nobody");
      assert.equal(store.values.size, 0);
    });

    test("answers 503 where a session cannot be read, and nobody is logged out", async (t) => {
      const { ask, store, errors } = await serve(t, { login, who }, {}, framework);
      const cookie = cookieOf(await ask("/login"));
      store.away = true;
      const answer = await ask("/who", cookie);
      assertUnavailable(answer);
      assert.deepEqual(errors, ["StoreUnavailable"], "the app's error handlers see it");
      assert.equal(answer.response?.headers.get("set-cookie"), undefined);
      assert.equal(said(await ask("/who")), "200 nobody", "who has no session needs no store");
      store.away = false;
      assert.equal(said(await ask("/who", cookie)), "200 Ada");
    });

    test("does not complete an answer whose session could not be saved", async (t) => {
      const { ask, store } = await serve(t, { login, who }, {}, framework);
      store.away = true;
      assert.match(said(await ask("/login")), /reset|closed/);
      assert.equal(said(await ask("/who")), "200 nobody", "who has no session needs no store");
      store.away = false;
      const answer = await ask("/login");
      assert.equal(said(answer), "200 welcome");
      assert.equal(said(await ask("/who", cookieOf(answer))), "200 Ada");
    });

    test("answers 503 where an app saves before it answers, and that fails", async (t) => {
      const { ask, store } = await serve(t, { careful }, {}, framework);
      store.away = true;
      assertUnavailable(await ask("/careful"));
    });
  });
}

suite("the store is not asked", () => {
  for (const [title, cookie] of [
    ["without a cookie", ""],
    ["for a cookie that is not signed", "connect.sid=abc"],
    ["for a cookie that somebody else has signed", "connect.sid=s%3Aabc.Zm9yZ2VkZm9yZ2Vk"],
  ] as const) {
    test(title, async (t) => {
      const { ask, store } = await serve(t, { who });
      assert.equal(said(await ask("/who", cookie)), "200 nobody");
      assert.deepEqual(store.calls, []);
    });
  }
});

test("a logout by `req.session = null` destroys the session, where the app wants that", async (t) => {
  const { ask, store } = await serve(t, { login, forget }, { unset: "destroy" });
  const cookie = cookieOf(await ask("/login"));
  assert.equal(said(await ask("/forget", cookie)), "200 bye");
  assert.equal(store.values.size, 0);
});

suite("a new session with nothing in it", () => {
  test("is stored where the app wants that, and no reason to fail an answer", async (t) => {
    const { ask, store } = await serve(t, { who }, { saveUninitialized: true });
    store.away = true;
    for (let count = 0; count < 2; count += 1) assert.equal(said(await ask("/who")), "200 nobody");
    store.away = false;
    await ask("/who");
    assert.equal(store.values.size, 1);
  });
});

function call<T>(verb: (callback: (error: unknown, value?: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => verb((error, value) => (error ? reject(error) : resolve(value))));
}

suite("the store", () => {
  test("lists, counts and clears the sessions", async (t) => {
    const { ask, kept } = await serve(t, { login, who });
    const cookies = [cookieOf(await ask("/login")), cookieOf(await ask("/login"))];
    const all = await call(kept.all.bind(kept));
    assert.deepEqual(
      all?.map(({ user }) => user),
      ["Ada", "Ada"],
    );
    assert.equal(await call(kept.length.bind(kept)), 2);
    await call(kept.clear.bind(kept));
    for (const cookie of cookies) assert.equal(said(await ask("/who", cookie)), "200 nobody");
  });

  test("is one that express-session's types take, and opens the app's own", () => {
    session({ secret: "s", resave: false, saveUninitialized: false, store: createStore(session, { url: "memory:" }) });
  });
});
