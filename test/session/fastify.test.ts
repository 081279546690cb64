import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import cookiePlugin from "@fastify/cookie";
import session, { type FastifySessionOptions } from "@fastify/session";
import Fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { createStore, storeOn } from "../../src/session/fastify.ts";
import { Sessions } from "../../src/session/sessions.ts";
import { CountingStore } from "../support/counting-store.ts";

declare module "fastify" {
  interface Session {
    user: string;
    visits: number;
  }
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const clock = (): number => Date.now();
type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** An app whose paths are the handlers' names, on a store that counts. Time stands still until the test moves it. */
async function serve(
  t: TestContext,
  handlers: Readonly<Record<string, Handler>>,
  options: Partial<FastifySessionOptions> = {},
) {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const store = new CountingStore();
  const sessions = storeOn(new Sessions(store, DAY, { clock, random: () => 0 }), clock);
  const app = Fastify();
  t.after(() => app.close());
  await app.register(cookiePlugin);
  const standard = { secret: "x".repeat(32), saveUninitialized: false, ...options };
  await app.register(session, { ...standard, cookie: { secure: false, ...options.cookie }, store: sessions });
  for (const [name, handler] of Object.entries(handlers)) app.get(`/${name}`, handler);
  const ask = async (path: string, cookie = "") => {
    const response = await app.inject({ url: path, headers: cookie === "" ? {} : { cookie } });
    const [set = ""] = [response.headers["set-cookie"]].flat();
    return {
      said: `${response.statusCode} ${response.body}`,
      cookie: set.split(";")[0] ?? "",
      retry: response.headers["retry-after"],
    };
  };
  return { store, sessions, ask, pass: (ms: number): void => t.mock.timers.tick(ms) };
}

const login: Handler = (request) => {
  request.session.user = "Ada";
  return "welcome";
};
const who: Handler = (request) => request.session.user ?? "nobody";
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

const AWAY = `503 {"statusCode":503,"code":"STORE_UNAVAILABLE","error":"Service Unavailable","message":"sessions are not available for now"}`;

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

test("the store is one that @fastify/session's types take, and opens the app's own", () => {
  const options: FastifySessionOptions = { secret: "x".repeat(32), store: createStore({ url: "memory:" }) };
  assert.equal(typeof options.store?.get, "function");
});
