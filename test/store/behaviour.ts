import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { LONGEST_KEY, type Store } from "../../src/store/store.ts";
import { StoreTypeError, StoreUnavailable } from "../../src/store/unavailable.ts";
import { until } from "../support/wait.ts";

/** Two connections to the same, empty data; one and the same where an engine has no second. Both end with the test. */
export interface Pair {
  readonly store: Store;
  readonly sibling: Store;
}

const HOUR = 3_600_000;
/** Long enough that what must still be there is there, also on a busy machine; tests that wait for the end use a short one. */
const SHORT = 60;
const TEXTS = ["", "a", "a\0b", "ü €\u{1F600}", '{"user":"ada"}', "%_*?[]\\'\"", "\uFEFF", "x".repeat(1_000_000)];

/** What every engine does. One suite, run for each. */
export function behaviour(title: string, open: (t: TestContext) => Promise<Pair>): void {
  describe(title, () => {
    values(open);
    lives(open);
    counters(open);
    prefixes(open);
    company(open);
  });
}

type Open = (t: TestContext) => Promise<Pair>;

function values(open: Open): void {
  test("a key that was never set has no value", async (t) => {
    const { store } = await open(t);
    assert.equal(await store.get("k"), null);
  });

  test("a value is what was set last, of every text, for every connection", async (t) => {
    const { store, sibling } = await open(t);
    for (const text of TEXTS) {
      await store.set("k", text, null);
      assert.equal(await sibling.get("k"), text);
    }
  });

  test("keys of every text are told apart, the longest too", async (t) => {
    const { store, sibling } = await open(t);
    const keys = ["a", "A", "a ", "a\0", "ä", "a\u0308", "*", "\u{1F600}", "x".repeat(LONGEST_KEY)];
    await Promise.all(keys.map((key, index) => store.set(key, String(index), HOUR)));
    const values = await Promise.all(keys.map((key) => sibling.get(key)));
    assert.deepEqual(values, Object.keys(keys));
  });

  test("destroy removes a value and says whether there was one", async (t) => {
    const { store, sibling } = await open(t);
    await store.set("k", "v", HOUR);
    assert.equal(await sibling.destroy("k"), true);
    assert.equal(await store.get("k"), null);
    assert.equal(await store.destroy("k"), false);
  });
}

function lives(open: Open): void {
  test("a value ends with its time to live, not before", async (t) => {
    const { store, sibling } = await open(t);
    const since = Date.now();
    await store.set("k", "v", SHORT);
    await gone(sibling, "k");
    assert.ok(Date.now() - since >= SHORT);
  });

  test("what has ended is as if it had never been there", async (t) => {
    const { store } = await open(t);
    for (const key of ["p:get", "p:touch", "p:destroy", "p:count"]) await store.set(key, "7", SHORT);
    await store.set("p:stays", "7", null);
    await gone(store, "p:count");
    assert.equal(await store.touch("p:touch", HOUR), false);
    assert.equal(await store.get("p:touch"), null);
    assert.equal(await store.destroy("p:destroy"), false);
    assert.equal(await store.length("p:"), 1);
    assert.deepEqual(await store.all("p:"), [{ key: "p:stays", value: "7" }]);
    assert.deepEqual(await store.incr("p:count", 1, null), { value: 1, ttl: null });
    assert.equal(await store.clear("p:"), 2);
  });

  test("set gives the value a new time to live", async (t) => {
    const { store } = await open(t);
    await Promise.all([
      store.set("longer", "v", SHORT),
      store.set("endless", "v", SHORT),
      store.set("mark", "", SHORT),
    ]);
    await Promise.all([store.set("longer", "w", HOUR), store.set("endless", "w", null)]);
    await gone(store, "mark");
    assert.equal(await store.get("longer"), "w");
    assert.equal(await store.get("endless"), "w");
    await store.set("longer", "x", SHORT);
    await gone(store, "longer");
  });

  test("touch gives what is there a new time to live and keeps the value", async (t) => {
    const { store, sibling } = await open(t);
    // The first life must outlast the touch on a slow machine.
    await Promise.all([
      store.set("longer", "v", 1000),
      store.set("endless", "v", 1000),
      store.set("shorter", "v", null),
    ]);
    assert.deepEqual(
      await Promise.all([
        sibling.touch("longer", HOUR),
        sibling.touch("endless", null),
        sibling.touch("shorter", SHORT),
      ]),
      [true, true, true],
    );
    await store.set("mark", "", 1001);
    await gone(store, "shorter");
    await gone(store, "mark");
    assert.equal(await store.get("longer"), "v");
    assert.equal(await store.get("endless"), "v");
  });

  test("touch never makes a value", async (t) => {
    const { store } = await open(t);
    assert.equal(await store.touch("k", HOUR), false);
    assert.equal(await store.get("k"), null);
    assert.equal(await store.length(""), 0);
  });
}

function counters(open: Open): void {
  test("incr counts from 0, by any whole number", async (t) => {
    const { store, sibling } = await open(t);
    assert.deepEqual(await store.incr("k", 1, null), { value: 1, ttl: null });
    assert.deepEqual(await sibling.incr("k", 41, null), { value: 42, ttl: null });
    assert.deepEqual(await store.incr("k", -50, null), { value: -8, ttl: null });
    assert.deepEqual(await store.incr("k", 0, null), { value: -8, ttl: null });
    assert.equal(await sibling.get("k"), "-8");
    await store.set("k", "9007199254740000", null);
    assert.deepEqual(await store.incr("k", 1, null), { value: 9007199254740001, ttl: null });
  });

  test("incr gives a life to what is new only", async (t) => {
    const { store } = await open(t);
    const first = await store.incr("k", 1, HOUR);
    assert.deepEqual(first.value, 1);
    assert.ok(first.ttl !== null && first.ttl <= HOUR && first.ttl > HOUR - 60_000, `${first.ttl}`);
    const second = await store.incr("k", 1, 2 * HOUR);
    assert.ok(second.ttl !== null && second.ttl <= first.ttl && second.ttl > HOUR - 60_000, `${second.ttl}`);
    await store.set("endless", "1", null);
    assert.deepEqual(await store.incr("endless", 1, SHORT), { value: 2, ttl: null });
    await store.incr("short", 5, SHORT);
    await gone(store, "short");
    assert.equal((await store.incr("short", 5, HOUR)).value, 5);
  });

  test("incr refuses what is not a whole number, leaves it as it is and harms nobody else", async (t) => {
    const { store, sibling } = await open(t);
    for (const text of ["", "x", "1.5", "1e3", " 1", "+1", "0x10", "NaN", "{}"]) {
      await store.set("k", text, HOUR);
      const others = [store.set("before", text, null), assertNotANumber(store, "k"), store.set("after", text, null)];
      await Promise.all(others);
      assert.deepEqual(await Promise.all(["before", "k", "after"].map((key) => sibling.get(key))), [text, text, text]);
    }
  });

  test("incr refuses a sum that a number does not hold exactly, and leaves what is there as it is", async (t) => {
    const { store, sibling } = await open(t);
    const most = Number.MAX_SAFE_INTEGER;
    assert.equal((await store.incr("k", most - 1, HOUR)).value, most - 1);
    assert.equal((await store.incr("k", 1, null)).value, most);
    for (const by of [1, 2, 3, most]) await assertNotANumber(store, "k", by);
    assert.equal(await sibling.get("k"), String(most));
    assert.equal((await store.incr("k", -1, null)).value, most - 1);
    assert.equal((await store.incr("down", -most, null)).value, -most);
    await assertNotANumber(store, "down", -1);
    assert.equal(await sibling.get("down"), String(-most));
    await store.set("far", "9007199254740993", null);
    for (const by of [0, -1, 1]) await assertNotANumber(store, "far", by);
    assert.equal(await sibling.get("far"), "9007199254740993");
  });

  test("all who count at once are counted, each with a number of its own", async (t) => {
    const { store, sibling } = await open(t);
    const turns = Array.from({ length: 200 }, (_, turn) => (turn % 2 ? store : sibling).incr("k", 1, HOUR));
    const seen = (await Promise.all(turns)).map(({ value }) => value).toSorted((a, b) => a - b);
    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
  });
}

function prefixes(open: Open): void {
  test("all answers what begins with the prefix, in the order of the keys' bytes", async (t) => {
    const { store, sibling } = await open(t);
    const keys = [
      "p",
      "p\0",
      "p:",
      "p:a",
      "p:a:b",
      "p:z",
      "p:ä",
      "p:\uFFFD",
      "p:\u{10000}",
      "p:\u{10FFFF}",
      "p;",
      "q",
      "o",
    ];
    await Promise.all(keys.toReversed().map((key) => store.set(key, `of ${key}`, HOUR)));
    assert.deepEqual(
      await sibling.all("p:"),
      keys.slice(2, 10).map((key) => ({ key, value: `of ${key}` })),
    );
    assert.deepEqual(
      (await sibling.all("p:\u{10FFFF}")).map(({ key }) => key),
      ["p:\u{10FFFF}"],
    );
    assert.equal(await sibling.length("p"), 11);
    assert.equal(await sibling.length(""), keys.length);
    assert.deepEqual(await sibling.all("none"), []);
  });

  test("a prefix is text, not a pattern", async (t) => {
    const { store } = await open(t);
    for (const prefix of ["*", "?", "[a]", "a*", "\\", "%", "_"]) {
      await store.set(`${prefix}:1`, "v", null);
      await store.set("a", "v", null);
      await store.set("abc", "v", null);
      assert.deepEqual(await store.all(prefix), [{ key: `${prefix}:1`, value: "v" }], prefix);
      assert.equal(await store.length(prefix), 1);
      assert.equal(await store.clear(prefix), 1);
      assert.equal(await store.clear(""), 2);
    }
  });

  test("length counts and clear removes many, and what has another prefix stays", async (t) => {
    const { store, sibling } = await open(t);
    const many = Array.from({ length: 2500 }, (_, index) => store.set(`p:${index}`, "v", index % 2 ? HOUR : null));
    await Promise.all([...many, store.set("q:1", "v", null)]);
    assert.equal(await sibling.length("p:"), 2500);
    assert.equal(await sibling.clear("p:"), 2500);
    assert.equal(await store.length("p:"), 0);
    assert.equal(await store.get("q:1"), "v");
    assert.equal(await store.clear("p:"), 0);
  });
}

function company(open: Open): void {
  test("a write that is settled is seen by every other connection at once", async (t) => {
    const { store, sibling } = await open(t);
    for (let turn = 0; turn < 200; turn++) {
      const [writer, reader] = turn % 2 ? [store, sibling] : [sibling, store];
      await writer.set("k", String(turn), HOUR);
      assert.equal(await reader.get("k"), String(turn));
    }
  });

  test("one connection's writes happen in the order of its calls", async (t) => {
    const { store, sibling } = await open(t);
    const writes = [
      store.set("k", "1", HOUR),
      store.incr("k", 1, null),
      store.destroy("k"),
      store.destroy("k"),
      store.touch("k", HOUR),
      store.incr("k", 5, null),
      store.touch("k", null),
    ];
    assert.deepEqual((await Promise.all(writes)).slice(2), [true, false, false, { value: 5, ttl: null }, true]);
    await Promise.all(Array.from({ length: 1000 }, (_, turn) => store.set("k", String(turn), HOUR)));
    assert.equal(await sibling.get("k"), "999");
  });

  test("close waits for what is under way; after it the store is not available", async (t) => {
    const { store, sibling } = await open(t);
    const write = store.set("k", "v", HOUR);
    await store.close();
    await write;
    if (sibling !== store) assert.equal(await sibling.get("k"), "v");
    await assert.rejects(store.get("k"), StoreUnavailable);
    await assert.rejects(store.set("k", "v", null), StoreUnavailable);
    await store.close();
  });
}

async function gone(store: Store, key: string): Promise<void> {
  await until(async () => (await store.get(key)) === null, `the end of ${key}`);
}

async function assertNotANumber(store: Store, key: string, by = 1): Promise<void> {
  await assert.rejects(
    store.incr(key, by, null),
    (error) => error instanceof StoreTypeError && /whole number/.test(error.message),
  );
}
