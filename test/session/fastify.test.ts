import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { FastifySessionOptions } from "@fastify/session";
import { createStore } from "../../src/session/fastify.ts";
import { DAY, HOUR, login, serve, who, type Handler } from "../support/fastify-app.ts";

const logout: Handler = async (request) => {
  await request.session.destroy();
  return "bye";
};
const rename: Handler = (request) => {
  request.session.user = "Bob";
  return "ok";
};
const remember: Handler = (request) => {
  request.session.options({ maxAge: 30 * DAY });
  return "ok";
};
const regenerate: Handler = async (request) => {
  await request.session.regenerate(["user"]);
  return "ok";
};

/** A handler that waits in the midst of its request until the test lets it go on. */
function slow() {
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const handler: Handler = async (request, reply) => {
    arrived.resolve();
    await gate.promise;
    return who(request, reply);
  };
  return { handler, arrived: arrived.promise, goOn: gate.resolve };
}

test("keeps a session from login to logout", async (t) => {
  const { ask, store } = await serve(t, { login, who, logout, regenerate });
  const { cookie } = await ask("/login");
  assert.equal((await ask("/who", cookie)).said, "200 Ada");
  const renewed = await ask("/regenerate", cookie);
  assert.equal((await ask("/who", cookie)).said, "200 nobody");
  assert.equal((await ask("/who", renewed.cookie)).said, "200 Ada");
  await ask("/logout", renewed.cookie);
  assert.equal((await ask("/who", renewed.cookie)).said, "200 nobody");
  assert.equal(store.values.size, 0);
});

suite("the store is not asked", () => {
  for (const [title, cookie] of [
    ["without a cookie", ""],
    ["for a cookie that is not signed", "sessionId=abc"],
    ["for a cookie that somebody else has signed", "sessionId=abc.Zm9yZ2VkZm9yZ2Vk"],
  ] as const) {
    test(title, async (t) => {
      const { ask, store } = await serve(t, { who });
      assert.equal((await ask("/who", cookie)).said, "200 nobody");
      assert.deepEqual(store.calls, []);
    });
  }
});

suite("a request that changes nothing", () => {
  for (const options of [
    {},
    { rolling: false },
    { saveUninitialized: true },
    { cookie: { maxAge: HOUR } },
    { cookie: { secure: "auto" as const, maxAge: HOUR } },
  ]) {
    test(`writes nothing, and touches at most once in a tenth of the life: ${JSON.stringify(options)}`, async (t) => {
      const { ask, store, pass } = await serve(t, { login, who }, options);
      const { cookie } = await ask("/login");
      store.calls = [];
      for (let count = 0; count < 5; count += 1) assert.equal((await ask("/who", cookie)).said, "200 Ada");
      assert.equal(store.count("set", "touch"), 0);
      pass((options.cookie?.maxAge ?? DAY) / 5);
      for (let count = 0; count < 5; count += 1) await ask("/who", cookie);
      assert.deepEqual([store.count("set"), store.count("touch")], [0, options.rolling === false ? 0 : 1]);
    });
  }

  test("neither overwrites what another one wrote nor brings back what it destroyed", async (t) => {
    for (const [other, after] of [
      ["rename", "200 Bob"],
      ["logout", "200 nobody"],
    ] as const) {
      const { handler, arrived, goOn } = slow();
      const { ask } = await serve(t, { login, who, slow: handler, rename, logout });
      const { cookie } = await ask("/login");
      const answer = ask("/slow", cookie);
      await arrived;
      await ask(`/${other}`, cookie);
      goOn();
      assert.equal((await answer).said, "200 Ada");
      assert.equal((await ask("/who", cookie)).said, after);
      t.mock.timers.reset();
    }
  });

  test("does neither, however many others the worker has served meanwhile", async (t) => {
    const { handler, arrived, goOn } = slow();
    const { ask, sessions, store } = await serve(t, { login, who, slow: handler });
    const { cookie } = await ask("/login");
    const answer = ask("/slow", cookie);
    await arrived;
    const other = { cookie: { originalMaxAge: HOUR, expires: new Date(Date.now() + HOUR) }, isModified: () => true };
    for (let count = 0; count < 10_001; count += 1)
      await new Promise((resolve) => sessions.set(`other ${count}`, { ...other }, resolve));
    // A logout, on another worker.
    store.values.clear();
    goOn();
    assert.equal((await answer).said, "200 Ada");
    assert.equal((await ask("/who", cookie)).said, "200 nobody");
  });

  test("leaves the lifetime that another one has given the session meanwhile", async (t) => {
    const { handler, arrived, goOn } = slow();
    const { ask, store } = await serve(t, { login, slow: handler, remember }, { cookie: { maxAge: HOUR } });
    const { cookie } = await ask("/login");
    const answer = ask("/slow", cookie);
    await arrived;
    await ask("/remember", cookie);
    store.calls = [];
    goOn();
    assert.equal((await answer).said, "200 Ada");
    assert.equal(store.count("set"), 0);
  });

  test("does not write what was read by a request that is not known, as in early @fastify/session 11", async (t) => {
    const { sessions, store } = await serve(t, {});
    const read = { user: "Ada", cookie: { originalMaxAge: null }, isModified: () => false };
    const error = await new Promise((resolve) => sessions.set("id", read, resolve));
    assert.equal(error, null);
    assert.deepEqual(store.verbs, ["touch"]);
  });

  test("keeps a session alive beyond the end that it was written with", async (t) => {
    const { ask, pass } = await serve(t, { login, who }, { cookie: { maxAge: HOUR } });
    const { cookie } = await ask("/login");
    for (let count = 0; count < 4; count += 1) {
      pass(HOUR / 2);
      assert.equal((await ask("/who", cookie)).said, "200 Ada");
    }
  });

  test("is answered although the store has gone away since it was asked", async (t) => {
    const away: Handler = (request, reply) => {
      store.away = true;
      return who(request, reply);
    };
    const { ask, store, pass } = await serve(t, { login, away });
    const { cookie } = await ask("/login");
    pass(DAY / 2);
    assert.equal((await ask("/away", cookie)).said, "200 Ada");
    assert.equal(store.count("touch"), 1);
  });
});

test("a changed lifetime is written, and the store keeps the session accordingly", async (t) => {
  const { ask, store } = await serve(t, { login, remember }, { cookie: { maxAge: HOUR } });
  const { cookie } = await ask("/login");
  assert.equal(store.calls[0]?.ttl, HOUR + HOUR / 10);
  store.calls = [];
  await ask("/remember", cookie);
  assert.equal(store.calls.find(({ verb }) => verb === "set")?.ttl, 33 * DAY);
  store.calls = [];
  await ask("/remember", cookie);
  assert.equal(store.count("set", "touch"), 0, "the same again is no change");
});

test("a session whose cookie names an end ends then", async (t) => {
  const { ask, store, pass } = await serve(t, { login, who }, { cookie: { expires: new Date(Date.now() + HOUR) } });
  const { cookie } = await ask("/login");
  assert.ok(Math.abs((store.calls[0]?.ttl ?? 0) - 1.1 * HOUR) < 1000);
  pass(HOUR / 2);
  assert.equal((await ask("/who", cookie)).said, "200 Ada");
  pass(HOUR);
  assert.equal((await ask("/who", cookie)).said, "200 nobody");
});

test("the store is one that @fastify/session's types take, and opens the app's own", () => {
  const options: FastifySessionOptions = { secret: "x".repeat(32), store: createStore({ url: "memory:" }) };
  assert.equal(typeof options.store?.get, "function");
});
