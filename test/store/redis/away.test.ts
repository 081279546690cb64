import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { suite, test, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { inspect } from "node:util";
import { createClient } from "@redis/client";
import type { Store } from "../../../src/store/store.ts";
import { StoreUnavailable } from "../../../src/store/unavailable.ts";
import { freePort } from "../../support/fixture.ts";
import { connected, openOnClient, openOwn, type Told, unavailable } from "../../support/redis-stores.ts";
import { type Redis, startRedis } from "../../support/redis.ts";
import { until } from "../../support/wait.ts";

const DOORS: readonly (readonly [how: string, open: (t: TestContext, redis: Redis) => Promise<Told>])[] = [
  ["over TCP", async (t, { url }) => openOwn(t, `${url}?prefix=shop`)],
  ["over a unix socket", async (t, { unixUrl }) => openOwn(t, `${unixUrl}?prefix=shop`)],
  ["on a client of the app's", (t, { url }) => openOnClient(t, url)],
];

/** Asks until a call fails without anything being asked of the server. */
async function away(store: Store): Promise<string> {
  return until(async () => {
    const failed = store.get("k").then(
      () => false as const,
      (error: unknown) => reason(error),
    );
    const first = await Promise.race([failed, turn(false as const)]);
    await failed;
    return first;
  }, "a store that is away");
}

async function awayFor(store: Store, why: RegExp): Promise<void> {
  await until(async () => why.test(await away(store)), `a store that is away for ${why}`);
}

async function back(store: Store, key: string, value: string): Promise<void> {
  await until(() => store.get(key).then((got) => got === value, unavailable), "the store to be back");
}

function reason(error: unknown): string {
  if (!(error instanceof StoreUnavailable)) throw error;
  return error.message;
}

async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(() => assert.fail("expected a refusal"), reason);
}

for (const [how, open] of DOORS) {
  suite(`a Redis ${how} that is away`, () => {
    test("is noticed when it stops, and serves again when it is back, without being asked", async (t) => {
      const redis = await startRedis(t);
      if (redis === undefined) return;
      const { store, told } = await open(t, redis);
      await connected(store);
      await store.set("k", "v", null);
      assert.deepEqual(told, []);
      await redis.stop();
      await awayFor(store, /is not available: (connection refused|there is no such socket|no connection)/);
      assert.equal(told.length, 1);
      await redis.start();
      await until(() => told.length === 2, "the end of it to be told");
      assert.equal(await store.get("k"), "v");
      assert.deepEqual([typeof told[0], told[1]], ["string", null]);
    });

    test("is noticed when it hangs, and serves again when it goes on", async (t) => {
      const redis = await startRedis(t);
      if (redis === undefined) return;
      const { store, told } = await open(t, redis);
      await connected(store);
      await store.set("k", "v", null);
      await redis.freeze();
      const many = Array.from({ length: 20 }, () => refusal(store.set("k", "w", null)));
      for (const why of await Promise.all(many)) assert.match(why, /no answer within 300 ms/);
      await away(store);
      redis.thaw();
      // Of a write that was not answered nothing is known.
      await until(() => store.get("k").then((got) => got === "v" || got === "w", unavailable), "an answer");
      await until(() => told.length === 2, "the end of it to be told");
      await store.set("k", "last", null);
      assert.equal(await store.get("k"), "last");
    });
  });
}

test("a Redis that hangs for long is left, and its connections are made anew", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const { store, told } = openOwn(t, redis.url);
  await connected(store);
  await store.set("k", "v", null);
  await redis.freeze();
  await away(store);
  await awayFor(store, /no answer within 1000 ms/);
  redis.thaw();
  await back(store, "k", "v");
  assert.equal(told.length, 2);
});

test("a Redis that was never there is no error until it is asked, and serves when it comes", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  await redis.stop();
  const { store } = openOwn(t, redis.url);
  await refusal(store.set("k", "v", null));
  await away(store);
  await redis.start();
  await until(() => store.set("k", "v", null).then(() => true, unavailable), "the store to be there");
});

test("nobody is asked at an address that nobody has", async (t) => {
  const { store } = openOwn(t, `redis://127.0.0.1:${await freePort()}`);
  await awayFor(store, /connection refused/);
});

suite("a Redis that refuses", () => {
  const cases = [
    { why: /out of memory/, begin: ["CONFIG", "SET", "maxmemory", "1"], end: ["CONFIG", "SET", "maxmemory", "0"] },
    { why: /takes no writes/, begin: ["REPLICAOF", "127.0.0.1", "1"], end: ["REPLICAOF", "NO", "ONE"] },
  ];
  for (const { why, begin, end } of cases)
    test(`writes (${begin.slice(0, 1).join(" ")}) is read from, and written to as soon as it takes writes again`, async (t) => {
      const redis = await startRedis(t);
      if (redis === undefined) return;
      const { store, told } = openOwn(t, redis.url);
      const admin = await createClient({ url: redis.url })
        .on("error", () => undefined)
        .connect();
      t.after(() => admin.destroy());
      await connected(store);
      await store.set("k", "v", null);
      await admin.sendCommand(begin);
      for (let count = 0; count < 10; count += 1) {
        assert.match(await refusal(store.set("k", "w", null)), why);
        assert.match(await refusal(store.incr("n", 1, null)), why);
        assert.equal(await store.get("k"), "v");
      }
      assert.equal(told.length, 1);
      await admin.sendCommand(end);
      await until(() => told.length === 2, "the end of it to be told");
      await store.set("k", "w", null);
      assert.equal(await store.get("k"), "w");
      assert.equal(told[1], null);
    });

  test("who has no password, or a wrong one, is told so; the right one is never shown", async (t) => {
    const redis = await startRedis(t, ["--requirepass", "s3cret"]);
    if (redis === undefined) return;
    const none = openOwn(t, redis.url);
    await awayFor(none.store, /wants a password/);
    const wrong = openOwn(t, redis.url.replace("//", "//default:wrong@"));
    await awayFor(wrong.store, /refuses the user or the password/);
    const right = openOwn(t, redis.url.replace("//", "//default:s3cret@"));
    await connected(right.store);
    await right.store.set("k", "v", null);
    assert.equal(right.store.name, redis.url);
  });

  test("who has no password is told so over a unix socket as well, where it is a parameter", async (t) => {
    const redis = await startRedis(t, ["--requirepass", "s&cret @"]);
    if (redis === undefined) return;
    await awayFor(openOwn(t, redis.unixUrl).store, /wants a password/);
    const wrong = openOwn(t, `${redis.unixUrl}?user=default&password=wrong`);
    await awayFor(wrong.store, /refuses the user or the password/);
    const right = openOwn(t, `${redis.unixUrl}?password=s%26cret%20%40&prefix=shop&db=1`);
    await connected(right.store);
    await right.store.set("k", "v", null);
    assert.equal(await right.store.get("k"), "v");
    assert.equal(right.store.name, redis.unixUrl);
  });

  test("the password itself, as one without AUTH does, is not heard repeating it", async (t) => {
    const redis = await startRedis(t, ["--rename-command", "AUTH", ""]);
    if (redis === undefined) return;
    const { store, told } = openOwn(t, redis.url.replace("//", "//ada:s3cret@"));
    await awayFor(store, /ERR unknown command 'AUTH'$/);
    const error: unknown = await store.get("k").catch((thrown: unknown) => thrown);
    assert.doesNotMatch(inspect([error, told]), /s3cret/);
  });

  test("everything while it loads its data is asked again until it has", async (t) => {
    const answers = { text: "-LOADING Redis is loading the dataset in memory\r\n" };
    const server = createServer((socket) => {
      socket.on("error", () => undefined).on("data", () => socket.write(answers.text));
    }).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const { store, told } = openOwn(t, `redis://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await awayFor(store, /loading its data/);
    answers.text = "+PONG\r\n";
    await until(() => told.length === 2, "the end of it to be told");
    assert.deepEqual(told, ["Redis is loading its data", null]);
  });
});
