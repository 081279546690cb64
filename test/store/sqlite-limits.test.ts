import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { longestLog, mostLog } from "../../src/store/sqlite/keeper.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { StoreUnavailable } from "../../src/store/unavailable.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { until } from "../support/wait.ts";

const HOUR = 3_600_000;
const TEXT = "x".repeat(2000);
/** Half of it and more: two do not fit. */
const LARGE = 600_000;
/** So many such texts fit into 1 MB whatever else there is. */
const ROOM_FOR = 200;

test("a store that is full refuses more, says so, reads on, and takes what there is room for again", async (t) => {
  const { store } = open(t, 1_000_000);
  const kept = await fill(store, HOUR, /the store is full \(1 MB\): raise its maxSize/);
  assert.equal(await store.get(`k:${kept - 1}`), TEXT);
  assert.equal(await patiently(() => store.touch("k:0", HOUR)), true);
  for (let index = 0; index < 20; index++) await patiently(() => store.destroy(`k:${index}`));
  await patiently(() => store.set("k:0", TEXT, HOUR));
});

test("what has ended makes room before anything is refused", async (t) => {
  const { store } = open(t, 1_000_000);
  const kept = await fill(store, 500, /full/);
  await until(async () => (await store.get(`k:${kept - 1}`)) === null, "the end of the last one");
  for (let index = 0; index < ROOM_FOR; index++) await patiently(() => store.set(`n:${index}`, TEXT, HOUR));
  assert.equal(await store.length(""), ROOM_FOR);
});

test("a write that is too large does not harm the others of its turn", async (t) => {
  const { store } = open(t, 1_000_000);
  const writes = [
    store.set("a", "1", null),
    store.set("b", "x".repeat(LARGE), null),
    store.set("c", "3", null),
    store.set("d", "x".repeat(LARGE), null),
    store.set("e", "5", null),
  ];
  const outcomes = await Promise.allSettled(writes);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "fulfilled", "fulfilled", "rejected", "fulfilled"],
  );
  const values = await Promise.all(["a", "c", "d", "e"].map((key) => store.get(key)));
  assert.deepEqual(values, ["1", "3", null, "5"]);
});

test("a value that can never fit is its caller's mistake", async (t) => {
  const { store } = open(t, 1_000_000);
  const writes = [store.set("a", "1", null), store.set("b", "x".repeat(2_000_000), null), store.set("c", "3", null)];
  const [before, tooLong, after] = await Promise.allSettled(writes);
  assert.equal(before?.status, "fulfilled");
  assert.equal(after?.status, "fulfilled");
  assert.ok(tooLong?.status === "rejected" && tooLong.reason instanceof TypeError);
  assert.match(tooLong.reason.message, /^expected a value of up to 93\d{4} bytes, got 2000000$/);
});

test("a mistake in a call is no one else's trouble", async (t) => {
  const { store } = open(t, 1_000_000);
  const noText = 7 as unknown as string;
  const writes = [store.set("a", "1", null), store.set("b", noText, null), store.set("c", "3", null)];
  const outcomes = await Promise.allSettled(writes);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason instanceof TypeError : "done")),
    ["done", true, "done"],
  );
});

test("what has ended is swept away by those who write, without a timer", async (t) => {
  const { store, path } = open(t, 512_000_000);
  await Promise.all(Array.from({ length: 2000 }, (_, index) => store.set(`e:${index}`, "v", 1)));
  for (let index = 0; index < 1000; index++) await store.set("k", String(index), null);
  const database = new DatabaseSync(path);
  assert.deepEqual({ ...database.prepare("SELECT count(*) AS rows FROM entries").get() }, { rows: 1 });
  database.close();
});

test("while another process writes a write waits beside the event loop, and reads go on", async (t) => {
  const { store, path } = open(t, 512_000_000);
  await store.set("k", "before", null);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const write = store.set("k", "after", null);
  await turn();
  assert.equal(await store.get("k"), "before");
  other.exec("COMMIT");
  await write;
  assert.equal(await store.get("k"), "after");

  other.exec("BEGIN IMMEDIATE");
  const since = performance.now();
  await assert.rejects(
    store.set("k", "never", null),
    (error) => error instanceof StoreUnavailable && /busy with the writes of others/.test(error.message),
  );
  assert.ok(performance.now() - since >= 250, "it was patient");
  assert.equal(await store.get("k"), "after");
  other.exec("ROLLBACK");
  other.close();
  await store.set("k", "again", null);
});

test("a long log is brought into the file, by one keeper after the other", async (t) => {
  const { store, sibling, path } = open(t, 4_000_000);
  const log = (): number => statSync(`${path}-wal`).size;
  for (const keeper of [store, sibling]) {
    let most = 0;
    await until(async () => {
      // On a busy machine a checkpoint may keep writers waiting for too long.
      await Promise.allSettled(Array.from({ length: 50 }, (_, index) => keeper.set(`k:${index}`, TEXT, HOUR)));
      most = Math.max(most, log());
      return most > longestLog(4_000_000, Infinity) && log() < most;
    }, "a checkpoint");
    await keeper.close();
  }
});

test("the longest log: 16 MB, or an eighth of a small store or volume", () => {
  assert.equal(longestLog(512_000_000, 1e12), 16_000_000);
  assert.equal(longestLog(8_000_000, 1e12), 1_000_000);
  assert.equal(longestLog(512_000_000, 4_000_000), 500_000);
  assert.equal(longestLog(512_000_000, 0), 100_000);
});

test("on a slow disk the log may be 8 times as long, where a quarter of the volume's room is enough for it", () => {
  assert.equal(mostLog(16_000_000, 1e12), 128_000_000);
  assert.equal(mostLog(500_000, 4_000_000), 1_000_000);
  assert.equal(mostLog(100_000, 0), 100_000);
});

interface Opened {
  readonly store: Store;
  readonly sibling: Store;
  readonly path: string;
}

function open(t: TestContext, maxSize: number): Opened {
  const path = join(temporaryFolder(t), "store.db");
  const [store, sibling] = [path, path].map((path) =>
    openSqliteStore({ engine: "sqlite", path, maxSize }, `sqlite:${path}`),
  ) as [Store, Store];
  t.after(() => Promise.all([store.close(), sibling.close()]));
  return { store, sibling, path };
}

/** Answers how many there was room for. */
async function fill(store: Store, ttl: number, reason: RegExp): Promise<number> {
  for (let index = 0; ; index++) {
    try {
      await patiently(() => store.set(`k:${index}`, TEXT, ttl));
    } catch (error) {
      assert.ok(error instanceof StoreUnavailable);
      assert.match(error.message, reason);
      return index;
    }
  }
}

/** So small a store has its log brought in all the time, and on a busy machine that may keep a writer waiting for too long. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreUnavailable && /busy/.test(error.message))) throw error;
    }
  }
}
