import assert from "node:assert/strict";
import { closeSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { StoreUnavailable } from "../../src/store/unavailable.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { until } from "../support/wait.ts";

/** Behind the first page, which says what the file is. */
const PAGE = 4096;
const mode = (path: string): number => statSync(path).mode & 0o777;

test("the file and its folder are made for their owner alone", async (t) => {
  const path = join(temporaryFolder(t), "state", "shop", "store.db");
  const store = open(t, path);
  await store.set("k", "v", null);
  assert.equal(mode(path), 0o600);
  assert.equal(mode(`${path}-wal`), 0o600);
  assert.equal(mode(dirname(path)), 0o700);
  assert.equal(mode(dirname(dirname(path))), 0o700);
});

test("what was kept is there for the next one who opens the file", async (t) => {
  const path = join(temporaryFolder(t), "store.db");
  const store = open(t, path);
  await store.set("k", "v", 3_600_000);
  await store.close();
  assert.equal(await open(t, path).get("k"), "v");
});

test("a store in memory is one of its own", async (t) => {
  const [one, other] = [
    openSqliteStore({ engine: "memory" }, "memory:"),
    openSqliteStore({ engine: "memory" }, "memory:"),
  ];
  t.after(() => Promise.all([one.close(), other.close()]));
  await one.set("k", "v", null);
  assert.equal(await other.get("k"), null);
});

test("a file that is no store: not available, untouched, and well again when it is one", async (t) => {
  const path = join(temporaryFolder(t), "store.db");
  writeFileSync(path, "not a store ".repeat(1000));
  const store = open(t, path);
  await assertAway(store, /damaged or no store/);
  assert.equal(statSync(path).size, 12_000);
  rmSync(path);
  await recovers(store);
});

test("a store of another version is not available and stays as it is", async (t) => {
  const path = join(temporaryFolder(t), "store.db");
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE things (x); PRAGMA user_version = 7");
  database.close();
  await assertAway(open(t, path), /another version of Drover/);
});

test("a file where the folder should be: not available, and well again when it is gone", async (t) => {
  const folder = join(temporaryFolder(t), "state");
  writeFileSync(folder, "");
  const store = open(t, join(folder, "store.db"));
  await assertAway(store, /a file is where its folder should be/);
  rmSync(folder);
  await recovers(store);
});

test("a state folder that is removed under a running app is made anew, for all who share it", async (t) => {
  const folder = join(temporaryFolder(t), "state");
  const path = join(folder, "store.db");
  const [store, sibling] = [open(t, path), open(t, path)];
  await store.set("k", "v", null);
  rmSync(folder, { recursive: true });
  await until(
    async () =>
      (await store.get("k").catch(() => null)) === null && statSync(path, { throwIfNoEntry: false }) !== undefined,
    "the new file",
  );
  await until(async () => (await sibling.get("k").catch(() => "away")) === null, "the sibling to notice");
  await store.set("k", "w", null);
  assert.equal(await sibling.get("k"), "w");
  await sibling.set("k", "x", null);
  assert.equal(await store.get("k"), "x");
});

test("a file that was damaged: not available, and the app lives", async (t) => {
  const path = join(temporaryFolder(t), "store.db");
  const store = open(t, path);
  await Promise.all(Array.from({ length: 500 }, (_, index) => store.set(`k:${index}`, "v".repeat(400), null)));
  await store.close();
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(statSync(path).size - PAGE, 0x55), 0, undefined, PAGE);
  closeSync(file);
  await assertAway(open(t, path), /damaged/);
});

function open(t: TestContext, path: string): Store {
  const store = openSqliteStore({ engine: "sqlite", path, maxSize: 512_000_000 }, `sqlite:${path}`);
  t.after(() => store.close());
  return store;
}

async function assertAway(store: Store, reason: RegExp): Promise<void> {
  const refused = (error: unknown): boolean => error instanceof StoreUnavailable && reason.test(error.message);
  for (let turn = 0; turn < 3; turn++) {
    await assert.rejects(store.get("k"), refused);
    await assert.rejects(store.set("k", "v", null), refused);
  }
}

async function recovers(store: Store): Promise<void> {
  await until(
    () =>
      store.set("k", "v", null).then(
        () => true,
        () => false,
      ),
    "the store to be back",
  );
  assert.equal(await store.get("k"), "v");
}
