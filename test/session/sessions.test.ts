import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { openSessions, Sessions } from "../../src/session/sessions.ts";
import { CountingStore } from "../support/counting-store.ts";

const DAY = 86_400_000;
/** printf ada | sha256sum, in base64url */
const KEY = "s:_e5DDUC9V97qwYbNl5ADPQ8G-QmogG585ucXq3x9UCk";

/** Sessions on a store that counts, at an hour and with a chance that the test sets. */
function open({ random = 0, ttl = DAY } = {}) {
  const store = new CountingStore();
  const time = { now: 1_000_000 };
  const sessions = new Sessions(store, ttl, { clock: () => time.now, random: () => random });
  return { store, sessions, time };
}

suite("a session", () => {
  test("is read as it was written, and is gone when it was destroyed", async () => {
    const { sessions } = open();
    assert.equal(await sessions.read("ada"), null);
    await sessions.write("ada", `{"user":"Ada"}`);
    assert.equal(await sessions.read("ada"), `{"user":"Ada"}`);
    assert.equal(await sessions.destroy("ada"), true);
    assert.equal(await sessions.destroy("ada"), false);
    assert.equal(await sessions.read("ada"), null);
  });

  test("is kept under a digest: the store never sees its id", async () => {
    const { sessions, store } = open();
    await sessions.write("ada", "{}");
    await sessions.touch("ada", 1000);
    assert.deepEqual([...store.values.keys()], [KEY]);
    assert.deepEqual(
      store.calls.map(({ key }) => key),
      [KEY, KEY],
    );
  });

  test("is counted, listed and cleared with the others, and with nothing else in the store", async () => {
    const { sessions, store } = open();
    await store.set("k:cart", "1", null);
    await sessions.write("ada", "1");
    await sessions.write("bob", "2");
    assert.deepEqual([...(await sessions.all())].toSorted(), ["1", "2"]);
    assert.equal(await sessions.count(), 2);
    assert.equal(await sessions.clear(), 2);
    assert.equal(await sessions.count(), 0);
    assert.equal(await store.get("k:cart"), "1");
  });
});

type Life = readonly [title: string, ttl: number | null | undefined, random: number, kept: number];

const lives: readonly Life[] = [
  ["what was promised and a tenth", 1000, 0, 1100],
  ["and up to a tenth more by chance", 1000, 0.999, 1200],
  ["whole milliseconds", 15, 0.5, 18],
  ["a day where the cookie names no end", null, 0, DAY + DAY / 10],
  ["a day where nothing is said", undefined, 0, DAY + DAY / 10],
  ["a day where the end is no date", Number.NaN, 0, DAY + DAY / 10],
  ["ten years where there is no end", Number.POSITIVE_INFINITY, 0, 3650 * (DAY + DAY / 10)],
];

suite("the store keeps a session for", () => {
  for (const [title, ttl, random, kept] of lives) {
    test(title, async () => {
      const { sessions, store } = open({ random });
      await sessions.write("ada", "{}", ttl);
      await sessions.touch("bob", ttl);
      assert.deepEqual(
        store.calls.map(({ ttl }) => ttl),
        [kept, kept],
      );
    });
  }
});

suite("a session whose end has come", () => {
  for (const ttl of [0, -1000]) {
    test(`is destroyed when it is written or touched (${ttl} ms are left)`, async () => {
      const { sessions } = open();
      await sessions.write("ada", "{}", 1000);
      await sessions.write("ada", "{}", ttl);
      assert.equal(await sessions.read("ada"), null);
      await sessions.write("bob", "{}", 1000);
      await sessions.touch("bob", ttl);
      assert.equal(await sessions.read("bob"), null);
    });
  }
});

suite("a touch", () => {
  test("reaches the store once in a tenth of the life", async () => {
    const { sessions, store, time } = open();
    await sessions.write("ada", "{}", 1000);
    for (time.now += 50; time.now <= 1_000_000 + 1000; time.now += 50) await sessions.touch("ada", 1000);
    assert.equal(store.count("touch"), 6, "at 150, 300, 450, 600, 750 and 900 ms of 1000");
  });

  test("reaches the store at once when the life becomes longer or much shorter", async () => {
    const { sessions, store } = open();
    await sessions.write("ada", "{}", 1000);
    await sessions.touch("ada", 5000);
    await sessions.touch("ada", 1000);
    await sessions.touch("ada", 1000);
    assert.equal(store.count("touch"), 2);
  });

  test("reaches the store for a session that this worker has only read", async () => {
    const { sessions, store } = open();
    const sibling = new Sessions(store, DAY, { clock: () => 0, random: () => 0 });
    await sibling.write("ada", "{}", 1000);
    await sessions.read("ada");
    await sessions.touch("ada", 1000);
    assert.equal(store.count("touch"), 1);
  });

  test("never brings back what another worker has destroyed", async () => {
    const { sessions, store } = open();
    const sibling = new Sessions(store, DAY, { clock: () => 0, random: () => 0 });
    await sessions.write("ada", "{}", 1000);
    await sibling.destroy("ada");
    await sessions.touch("ada", 1000);
    await sessions.touch("ada", 5000);
    assert.equal(await sessions.read("ada"), null);
  });

  test("does nothing while the store is away, and is made up for by the next one", async () => {
    const { sessions, store, time } = open();
    await sessions.write("ada", "{}", 1000);
    time.now += 500;
    store.away = true;
    await sessions.touch("ada", 1000);
    store.away = false;
    await sessions.touch("ada", 1000);
    assert.equal(store.count("touch"), 2);
  });
});

suite("while the store is away", () => {
  test("nothing is read, written or destroyed, and nobody is told otherwise", async () => {
    const { sessions, store } = open();
    await sessions.write("ada", "{}");
    store.away = true;
    const unavailable = { name: "StoreUnavailable", statusCode: 503, headers: { "retry-after": "1" } };
    await assert.rejects(sessions.read("ada"), unavailable);
    await assert.rejects(sessions.write("ada", "{}"), unavailable);
    await assert.rejects(sessions.destroy("ada"), unavailable);
    store.away = false;
    assert.equal(await sessions.read("ada"), "{}");
  });

  test("a write that failed is not taken for one that keeps the session alive", async () => {
    const { sessions, store } = open();
    await sessions.write("ada", "{}", 1000);
    store.away = true;
    await assert.rejects(sessions.write("ada", "{}", 1000));
    store.away = false;
    await sessions.touch("ada", 1000);
    assert.equal(store.count("touch"), 1);
  });
});

suite("openSessions", () => {
  test("takes a ttl in milliseconds or with a unit, and refuses anything else", () => {
    for (const ttl of [1000, "12h", undefined]) openSessions({ url: "memory:", ttl });
    for (const ttl of [0, -1, Number.NaN, "0", "12", "a day"]) {
      assert.throws(
        () => openSessions({ url: "memory:", ttl }),
        { name: "TypeError", message: /time to live/ },
        String(ttl),
      );
    }
  });

  test("two doors of a process lead to the same sessions", async () => {
    await openSessions({ url: "memory:" }).write("ada", "1");
    assert.equal(await openSessions({ url: "memory:" }).read("ada"), "1");
  });
});
