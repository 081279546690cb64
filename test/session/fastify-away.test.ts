import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { login, serve, who, type Handler } from "../support/fastify-app.ts";

const AWAY = `503 {"statusCode":503,"code":"STORE_UNAVAILABLE","error":"Service Unavailable","message":"sessions are not available for now"}`;

suite("while the store is away", () => {
  test("a request with a session is answered 503, and nobody is logged out", async (t) => {
    const { ask, store } = await serve(t, { login, who });
    const { cookie } = await ask("/login");
    store.away = true;
    const answer = await ask("/who", cookie);
    assert.deepEqual(answer, { said: AWAY, cookie: "", retry: "1" });
    store.away = false;
    assert.equal((await ask("/who", cookie)).said, "200 Ada");
  });

  test("the log has one line with the store's name and the reason, of which the client hears nothing", async (t) => {
    const { sessions, store } = await serve(t, {});
    store.away = true;
    const error = await new Promise<Error>((resolve) => sessions.get("id", (error) => resolve(error as Error)));
    assert.equal(error.message, "sessions are not available for now");
    assert.equal(error.stack, `StoreUnavailable: the store ${store.name} is not available: connection refused`);
  });

  test("a login is answered 503 after one attempt, and is possible as soon as the store is back", async (t) => {
    const { ask, store } = await serve(t, { login });
    store.away = true;
    assert.deepEqual(await ask("/login"), { said: AWAY, cookie: "", retry: "1" });
    assert.equal(store.calls.length, 1, "Fastify saves again for the 503, and need not wait for it twice");
    store.away = false;
    assert.equal((await ask("/login")).said, "200 welcome");
  });

  test("who has no session is served, also where each visitor gets an empty one", async (t) => {
    for (const saveUninitialized of [false, true]) {
      const { ask, store } = await serve(t, { who }, { saveUninitialized });
      store.away = true;
      assert.equal((await ask("/who")).said, "200 nobody");
      t.mock.timers.reset();
    }
  });

  test("what may have been written is written over when the app changes its mind", async (t) => {
    const waver: Handler = async (request, reply) => {
      request.session.user = "Bob";
      store.away = true;
      await assert.rejects(request.session.save());
      store.away = false;
      // As a write may have: it had its effect, and nobody heard of it.
      for (const [key, text] of store.values) store.values.set(key, text.replace("Ada", "Bob"));
      t.mock.timers.tick(1000);
      request.session.user = "Ada";
      return who(request, reply);
    };
    const { ask, store } = await serve(t, { login, waver, who });
    const { cookie } = await ask("/login");
    await ask("/waver", cookie);
    assert.equal((await ask("/who", cookie)).said, "200 Ada");
  });

  test("an app can save again, and hears itself of what failed", async (t) => {
    const twice: Handler = async (request) => {
      request.session.user = "Ada";
      const failed = await request.session.save().then(
        () => "saved",
        (error: Error & { code: string }) => error.code,
      );
      store.away = false;
      t.mock.timers.tick(1000);
      await request.session.save();
      return failed;
    };
    const { ask, store } = await serve(t, { twice, who });
    store.away = true;
    const { said, cookie } = await ask("/twice");
    assert.equal(said, "200 STORE_UNAVAILABLE");
    assert.equal((await ask("/who", cookie)).said, "200 Ada");
  });
});
