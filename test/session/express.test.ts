import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import express from "express";
import session from "express-session";
import express4 from "express4";
import { createStore } from "../../src/session/express.ts";
import { Connection } from "../support/client.ts";
import { assertUnavailable, cookieOf, login, logout, said, serve, who, type Handler } from "../support/express-app.ts";

const forget: Handler = (req, res) => {
  Reflect.set(req, "session", null);
  res.send("bye");
};

const redirect: Handler = (req, res) => {
  req.session.user = "Ada";
  res.set({ "access-control-allow-origin": "*", etag: `"1"` }).cookie("theme", "dark").redirect("/home");
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

    test("does not complete an answer whose session could not be saved; from then on the answer is 503", async (t) => {
      const { ask, store, pass } = await serve(t, { login, who }, {}, framework);
      store.away = true;
      assert.match(said(await ask("/login")), /reset|closed/);
      const refused = await ask("/login");
      assertUnavailable(refused);
      assert.equal(refused.response?.headers.get("set-cookie"), undefined);
      pass(10_000);
      assert.match(said(await ask("/login")), /reset|closed/, "what was known is too long ago");
      assert.equal(said(await ask("/who")), "200 nobody");
    });

    test("a refused answer has nothing of the app's but what it says of the site", async (t) => {
      const { ask, store } = await serve(t, { login, redirect }, {}, framework);
      store.away = true;
      await ask("/login");
      const refused = await ask("/redirect");
      assertUnavailable(refused);
      for (const name of ["location", "etag", "set-cookie"])
        assert.equal(refused.response?.headers.get(name), undefined);
      assert.equal(refused.response?.headers.get("access-control-allow-origin"), "*");
    });

    test("a refused answer leaves the connection as it was", async (t) => {
      const { port, ask, store } = await serve(t, { login, who }, {}, framework);
      store.away = true;
      await ask("/login");
      const connection = new Connection({ port });
      t.after(() => connection.close());
      for (let count = 0; count < 3; count += 1) assertUnavailable(await connection.request({ path: "/login" }));
      assert.equal(said(await connection.request({ path: "/who" })), "200 nobody");
    });

    test("sessions are kept again as soon as the store is back", async (t) => {
      const { ask, store } = await serve(t, { login, who }, {}, framework);
      store.away = true;
      await ask("/login");
      store.away = false;
      assertUnavailable(await ask("/login"));
      await turn();
      const answer = await ask("/login");
      assert.equal(said(answer), "200 welcome");
      assert.equal(said(await ask("/who", cookieOf(answer))), "200 Ada");
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

test("an answer is not completed either in a minified app, where callbacks have lost their names", async (t) => {
  const { ask, store, kept } = await serve(t, { login });
  const set = kept.set.bind(kept);
  kept.set = (id: string, data: object, callback?: (error: unknown) => void) =>
    set(id, data, (error: unknown) => callback?.(error));
  store.away = true;
  for (let count = 0; count < 2; count += 1) assert.match(said(await ask("/login")), /reset|closed/);
});

suite("a logout by `req.session = null`", () => {
  const unset = { unset: "destroy" } as const;

  test("destroys the session", async (t) => {
    const { ask, store } = await serve(t, { login, forget }, unset);
    const cookie = cookieOf(await ask("/login"));
    assert.equal(said(await ask("/forget", cookie)), "200 bye");
    assert.equal(store.values.size, 0);
  });

  test("is not completed as if all were well when the store goes away in its midst", async (t) => {
    const away: Handler = (req, res) => {
      store.away = true;
      forget(req, res);
    };
    const { ask, store } = await serve(t, { login, away, who }, unset);
    const cookie = cookieOf(await ask("/login"));
    assert.match(said(await ask("/away", cookie)), /reset|closed/);
    store.away = false;
    assert.equal(said(await ask("/who", cookie)), "200 Ada");
  });
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
