import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { suite, test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { openKv, type Kv } from "../../src/store/kv.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { until, within } from "../support/wait.ts";

const fresh = (t: TestContext): Kv => openKv({ url: `sqlite:${join(temporaryFolder(t), "store.db")}` });

/** In a Node of its own, as an app without Drover runs. */
async function plainNode(source: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const clean = { PATH: process.env["PATH"] };
  const options = { cwd: import.meta.dirname, env: { ...clean, ...env } };
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], options);
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const [code] = await within(once(child, "close"), "the end of a program that used kv");
  if (code !== 0) throw new Error(await stderr);
  return stdout;
}

suite("kv", () => {
  const kept: readonly [string, unknown][] = [
    ["text", "Grüße \u0000 🐑"],
    ["the empty text", ""],
    ["a number", -1.5],
    ["false", false],
    ["null, which is a value", null],
    ["an array", [1, [2], {}]],
    ["an object", { id: 7, tags: ["a"], nested: { yes: true } }],
  ];
  for (const [title, value] of kept) {
    test(`keeps ${title}`, async (t) => {
      const kv = fresh(t);
      await kv.set("it", value);
      assert.deepEqual(await kv.get("it"), value);
    });
  }

  test("answers undefined where nothing is", async (t) => {
    assert.equal(await fresh(t).get("nothing"), undefined);
  });

  test("leaves out properties that are undefined, keeps a Date as its text and an object as its toJSON says", async (t) => {
    const kv = fresh(t);
    await kv.set("it", { gone: undefined, "": undefined, at: new Date(0), own: { toJSON: () => "short" } });
    assert.deepEqual(await kv.get("it"), { at: "1970-01-01T00:00:00.000Z", own: "short" });
  });

  test("replaces a value, and deletes it once", async (t) => {
    const kv = fresh(t);
    await kv.set("it", 1);
    await kv.set("it", 2);
    assert.equal(await kv.get("it"), 2);
    assert.equal(await kv.delete("it"), true);
    assert.equal(await kv.delete("it"), false);
    assert.equal(await kv.get("it"), undefined);
  });

  test("lists what begins with a prefix, ordered by key, and nothing of the store's other rooms", async (t) => {
    const kv = fresh(t);
    for (const key of ["user:b", "user:B", "user:ä", "users", "other"]) await kv.set(key, key.length);
    assert.deepEqual(await kv.list("user:"), [
      { key: "user:B", value: 6 },
      { key: "user:b", value: 6 },
      { key: "user:ä", value: 6 },
    ]);
    assert.deepEqual(
      (await kv.list("")).map(({ key }) => key),
      ["other", "user:B", "user:b", "user:ä", "users"],
    );
    assert.deepEqual(await kv.list("k:"), []);
  });

  test("counts, from nothing or from a number that was set, up and down", async (t) => {
    const kv = fresh(t);
    assert.equal(await kv.incr("hits"), 1);
    assert.equal(await kv.incr("hits", 10), 11);
    assert.equal(await kv.incr("hits", -12), -1);
    assert.equal(await kv.get("hits"), -1);
    await kv.set("hits", 40);
    assert.equal(await kv.incr("hits", 2), 42);
  });

  test("counts each of many at once", async (t) => {
    const kv = fresh(t);
    const sums = await Promise.all(Array.from({ length: 50 }, () => kv.incr("hits")));
    assert.deepEqual(
      sums.toSorted((a, b) => a - b),
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
  });

  test("does not count what is no whole number, and names the key as the app knows it", async (t) => {
    const kv = fresh(t);
    await kv.set("name", "Ada");
    await assert.rejects(kv.incr("name"), {
      name: "StoreTypeError",
      code: "STORE_NOT_A_NUMBER",
      message: /^expected a whole number from -9007199254740991 to 9007199254740991 under the key "name",/,
    });
    assert.equal(await kv.get("name"), "Ada");
  });

  test("ends what has a time to live, and keeps what was given a long one or a new one without", async (t) => {
    const kv = fresh(t);
    await kv.set("short", 1, { ttl: 30 });
    await kv.set("long", 1, { ttl: "10m" });
    await kv.set("kept", 1, { ttl: 30 });
    await kv.set("kept", 2);
    await until(async () => (await kv.get("short")) === undefined, "the end of a value with a time to live");
    // A moment more, so that everything that was given 30 ms has had them.
    await delay(30);
    assert.deepEqual(
      (await kv.list("")).map(({ key }) => key),
      ["kept", "long"],
    );
  });

  test("gives a counter its life when it begins: what is counted later does not make it longer", async (t) => {
    const kv = fresh(t);
    await kv.incr("hits", 1, { ttl: 100 });
    await until(async () => (await kv.incr("hits", 1, { ttl: "10m" })) === 1, "a counter's new beginning");
  });
});

suite("kv refuses", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const values: readonly [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["a function", () => 1, "a function"],
    ["a symbol", Symbol("it"), "a symbol"],
    ["a BigInt", { id: 7n }, 'the BigInt 7n under "id"'],
    ["what contains itself", circle, "one that contains itself"],
    ["NaN", { rate: Number.NaN }, 'NaN under "rate"'],
    ["a hole in an array", [1, undefined], 'undefined under "1"'],
    ["a function in an object", { a: { run: () => 1 } }, 'a function under "run"'],
    ["a Map", new Map([[1, 2]]), "a value of Map"],
    ["a promise that nobody awaited", { user: Promise.resolve(1) }, 'a value of Promise under "user"'],
    ["a Buffer", Buffer.from("it"), "a value of Uint8Array"],
    ["a Buffer in an object", { body: Buffer.from("it") }, 'a value of Uint8Array under "body"'],
    ["a Date that is none", { at: new Date("soon") }, 'an invalid Date under "at"'],
    ["what its toJSON makes nothing of", { toJSON: () => undefined }, "undefined"],
    ["bytes", { body: new Uint8Array(2) }, 'a value of Uint8Array under "body"'],
  ];
  for (const [title, value, got] of values) {
    test(`the value ${title}`, async (t) => {
      const kv = fresh(t);
      const expected = { name: "TypeError", message: `expected a value that JSON can hold, got ${got}` };
      await assert.rejects(kv.set("it", value), expected);
      assert.equal(await kv.get("it"), undefined);
    });
  }

  const keys: readonly [string, unknown, RegExp][] = [
    ["the empty text", "", /^expected a key of 1 to 512 bytes, got 0$/],
    ["513 bytes", `${"ä".repeat(256)}a`, /^expected a key of 1 to 512 bytes, got 513$/],
    ["half a character", "\ud83d", /^expected a key of 1 to 512 bytes of well-formed text, got '\\ud83d'$/i],
    ["no text", 7, /^expected a key of 1 to 512 bytes, got 7$/],
  ];
  for (const [title, written, message] of keys) {
    test(`the key ${title}`, async (t) => {
      const kv = fresh(t);
      const key = written as string;
      const uses = [() => kv.get(key), () => kv.set(key, 1), () => kv.delete(key), () => kv.incr(key)];
      for (const use of uses) await assert.rejects(use, { name: "TypeError", message });
    });
  }

  test("a prefix that is no text", async (t) => {
    const message = "expected a prefix of 0 to 512 bytes, got undefined";
    await assert.rejects(fresh(t).list(undefined as unknown as string), { name: "TypeError", message });
  });

  for (const ttl of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "10", "soon", "0s", "-1s", null]) {
    test(`the time to live ${inspect(ttl)}`, async (t) => {
      const kv = fresh(t);
      const options = { ttl } as { ttl: number };
      const expected = {
        name: "TypeError",
        message: /^expected a time to live such as "10m" or milliseconds from 1 on, got /,
      };
      await assert.rejects(kv.set("it", 1, options), expected);
      await assert.rejects(kv.incr("it", 1, options), expected);
    });
  }

  test("to add what is no whole number", async (t) => {
    const expected = { name: "TypeError", message: "expected a whole number to add, got 0.5" };
    await assert.rejects(fresh(t).incr("it", 0.5), expected);
  });

  for (const [options, message] of [
    ["100ms", 'expected options such as { ttl: "10m" }, got a string'],
    [100, 'expected options such as { ttl: "10m" }, got a number'],
    [null, 'expected options such as { ttl: "10m" }, got null'],
    [["10m"], 'expected options such as { ttl: "10m" }, got an array'],
    [{ tll: "10m" }, 'expected no options but ttl, got "tll"'],
  ] as const) {
    test(`${inspect(options)} as options`, async (t) => {
      const kv = fresh(t);
      const expected = { name: "TypeError", message };
      await assert.rejects(kv.set("it", 1, options as object), expected);
      await assert.rejects(kv.incr("it", 1, options as object), expected);
      assert.equal(await kv.get("it"), undefined);
    });
  }

  test("an address in place of options, and does not repeat its password", () => {
    const message = 'expected options such as { url: "redis://cache:6379/0" }, got a string';
    assert.throws(() => openKv("redis://:secret@cache" as unknown as object), { name: "TypeError", message });
  });

  test("an option that it does not know", () => {
    const message = 'expected no options but url, client, prefix, got "ttl"';
    assert.throws(() => openKv({ url: "memory:", ttl: "1h" } as object), { name: "TypeError", message });
  });

  test("a store that is none, at once", () => {
    assert.throws(() => openKv({ url: "mysql://db/shop" }), { code: "STORE_INVALID" });
  });
});

test("kv with a store that is away rejects with what frameworks answer 503 by", async () => {
  // Nobody listens there.
  const kv = openKv({ url: "redis://127.0.0.1:1" });
  for (const use of [
    () => kv.get("it"),
    () => kv.set("it", 1),
    () => kv.delete("it"),
    () => kv.incr("it"),
    () => kv.list(""),
  ])
    await assert.rejects(use, { code: "STORE_UNAVAILABLE", status: 503 });
});

suite("the app's own kv", () => {
  test("is this process's memory under plain node, which ends when the program does", async () => {
    const source = `
      import { kv } from "drover/kv";
      const { set, get } = kv;
      await set("it", [1]);
      console.log(JSON.stringify(await get("it")));`;
    assert.equal(await plainNode(source), "[1]\n");
  });

  test("is the store that the environment names, in one process after the other", async (t) => {
    const env = { DROVER_STORE: `sqlite:${join(temporaryFolder(t), "store.db")}` };
    const source = `import { kv } from "drover/kv"; console.log(await kv.incr("runs"));`;
    assert.equal(await plainNode(source, env), "1\n");
    assert.equal(await plainNode(source, env), "2\n");
  });

  test("is opened at its first use, not by the import", async () => {
    const source = `
      import { kv } from "drover/kv";
      console.log(await kv.get("it").catch((error) => error.code));`;
    assert.equal(await plainNode(source, { DROVER_STORE: "mysql://db/shop" }), "STORE_INVALID\n");
  });
});
