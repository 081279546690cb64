import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { rateLimit } from "express-rate-limit";
import { createStore, type RateLimitOptions } from "../../src/store/rate-limit.ts";
import { request, type Answer } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { startRedis } from "../support/redis.ts";
import { until } from "../support/wait.ts";

const fileIn = (t: TestContext): string => `sqlite:${join(temporaryFolder(t), "store.db")}`;

type Limiter = ReturnType<typeof createStore>;

function limiter(url: string, windowMs = 600_000, options: RateLimitOptions = {}): Limiter {
  const store = createStore({ url, ...options });
  store.init({ windowMs });
  return store;
}

async function hits(store: Limiter, key: string): Promise<number> {
  return (await store.increment(key)).totalHits;
}

suite("the store of express-rate-limit", () => {
  test("is one that express-rate-limit takes", (t) => {
    const told = t.mock.method(console, "error");
    const middleware = rateLimit({ limit: 5, store: createStore({ url: fileIn(t) }) });
    assert.equal(typeof middleware.getKey, "function");
    assert.deepEqual(told.mock.calls, []);
  });

  test("counts each client by itself, and says when its window ends", async (t) => {
    const store = limiter(fileIn(t));
    const before = Date.now();
    const first = await store.increment("ada");
    const second = await store.increment("ada");
    assert.deepEqual([first.totalHits, second.totalHits, await hits(store, "bob")], [1, 2, 1]);
    for (const { resetTime } of [first, second]) {
      const ms = (resetTime?.getTime() ?? 0) - before;
      assert.ok(ms >= 600_000 - 1 && ms <= 600_000 + (Date.now() - before), `${ms} ms`);
    }
  });

  test("has windows with a fixed end: requests within one do not make it longer", async (t) => {
    const store = limiter(fileIn(t), 100);
    assert.equal(await hits(store, "ada"), 1);
    await until(async () => (await hits(store, "ada")) === 1, "a new window while the client goes on");
  });

  test("answers what was counted without counting", async (t) => {
    const store = limiter(fileIn(t));
    assert.equal(await store.get("ada"), undefined);
    const { resetTime } = await store.increment("ada");
    const seen = await store.get("ada");
    assert.equal(seen?.totalHits, 1);
    assert.ok(Math.abs((seen.resetTime?.getTime() ?? 0) - (resetTime?.getTime() ?? 0)) < 60_000);
    assert.equal(await hits(store, "ada"), 2);
  });

  test("takes a hit back", async (t) => {
    const store = limiter(fileIn(t));
    await store.increment("ada");
    await store.increment("ada");
    await store.decrement("ada");
    assert.equal(await hits(store, "ada"), 2);
  });

  test("takes back nothing that the next window would have more of", async (t) => {
    const store = limiter(fileIn(t));
    await store.decrement("ada");
    assert.equal(await store.get("ada"), undefined);
    assert.deepEqual([await hits(store, "ada"), await hits(store, "ada")], [1, 2]);
  });

  test("never answers less than one hit", async (t) => {
    const store = limiter(fileIn(t));
    await store.increment("ada");
    await store.decrement("ada");
    await store.decrement("ada");
    assert.equal(await hits(store, "ada"), 1);
  });

  test("forgets one client, or all of its own", async (t) => {
    const url = fileIn(t);
    const [store, other] = [limiter(url), limiter(url, 600_000, { name: "login" })];
    for (const key of ["ada", "bob"]) await Promise.all([store.increment(key), other.increment(key)]);
    await store.resetKey("ada");
    assert.deepEqual([await hits(store, "ada"), await hits(store, "bob")], [1, 2]);
    await store.resetAll();
    assert.deepEqual([await hits(store, "bob"), await hits(other, "bob")], [1, 2]);
  });

  test("keeps names apart, one that another begins with too", async (t) => {
    const url = fileIn(t);
    const [short, long] = ["a", "a:b"].map((name) => limiter(url, 600_000, { name }));
    if (!short || !long) throw new Error("two limiters");
    await long.increment("c");
    assert.equal(await hits(short, "b:c"), 1);
    await short.resetAll();
    assert.equal(await hits(long, "c"), 2);
  });

  test("counts clients whose key is long or no text that can be written", async (t) => {
    const store = limiter(fileIn(t));
    for (const key of ["", "x".repeat(5000), `${"x".repeat(5000)}y`, "\ud83d"]) {
      assert.deepEqual([await hits(store, key), await hits(store, key)], [1, 2], key.slice(-10));
    }
  });

  for (const name of ["x".repeat(65), "\ud83d"]) {
    test(`refuses a name of ${Buffer.byteLength(name)} bytes that it cannot keep`, (t) => {
      assert.throws(
        () => createStore({ url: fileIn(t), name }),
        /^TypeError: expected a limiter's name of up to 64 bytes, got /,
      );
    });
  }

  test("refuses options that are none, and a name that is no text", () => {
    for (const [options, message] of [
      ["login", 'expected options such as { name: "login" }, got a string'],
      [{ nmae: "login" }, 'expected no options but name, url, client, prefix, got "nmae"'],
      [{ name: 7 }, "expected a limiter's name of up to 64 bytes, got 7"],
    ] as const)
      assert.throws(() => createStore(options as object), { name: "TypeError", message });
  });

  test("refuses a window that is none", (t) => {
    assert.throws(() => limiter(fileIn(t), Number.NaN), /^TypeError: expected a time to live/);
  });
});

const statusOf = (answer: Answer): number | undefined => answer.response?.status;

/**
 * Sixty requests of one client with a limit of 25, six at a time: 25 pass. On a machine that is busy for 300 ms one may be answered 503: whether it was counted
 * nobody knows. Answers the workers that let requests pass.
 */
async function sixty(ask: () => Promise<Answer>): Promise<Set<number>> {
  const answers: Answer[] = [];
  const ten = async () => {
    for (let count = 0; count < 10; count += 1) answers.push(await ask());
  };
  await Promise.all(Array.from({ length: 6 }, ten));
  const having = (status: number) => answers.filter((answer) => statusOf(answer) === status);
  const [passed, refused, unknown] = [having(200), having(429), having(503)];
  assert.equal(passed.length + refused.length + unknown.length, 60);
  assert.ok(
    passed.length <= 25 && passed.length + unknown.length >= 25,
    `${passed.length} passed, ${unknown.length} 503`,
  );
  return new Set(passed.map(({ response }) => JSON.parse(String(response?.body)).pid));
}

const ENGINES: readonly [string, (t: TestContext) => string | undefined | Promise<string | undefined>][] = [
  ["in the embedded store", fileIn],
  ["in Redis", async (t) => (await startRedis(t))?.url],
];

suite("a limit", () => {
  for (const [title, urlOf] of ENGINES) {
    test(`${title} is one over all workers: exactly as many requests pass`, async (t) => {
      const url = await urlOf(t);
      if (url === undefined) return;
      const drover = await start(t, app("store/limited.js"), { workers: 4, env: { LIMIT: "25", DROVER_STORE: url } });
      const ask = (client: string) =>
        request({ port: drover.port }, { path: "/limited", headers: { "x-client": client } });
      const passed = await sixty(() => ask("ada"));
      assert.ok(passed.size > 1, "more than one worker let requests pass");
      await sixty(() => ask("bob"));
      // Before its store is taken away.
      await drover.stop();
    });
  }

  test("that cannot be counted is answered 503, or lets pass where the app says so", async (t) => {
    // Nobody listens there.
    const env = { LIMIT: "1", DROVER_STORE: "redis://127.0.0.1:1" };
    const drover = await start(t, app("store/limited.js"), { workers: 1, env });
    const ask = (path: string) => request({ port: drover.port }, { path, headers: { "x-client": "ada" } });
    const refused = await ask("/limited");
    assert.equal(statusOf(refused), 503);
    assert.equal(refused.response?.headers.get("retry-after"), "1");
    assert.doesNotMatch(String(refused.response?.body), /redis|127/);
    for (const path of ["/lenient", "/lenient", "/free"]) assert.equal(statusOf(await ask(path)), 200);
  });
});
