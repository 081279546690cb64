import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Entries, rangeOf } from "../../src/store/sqlite/entries.ts";
import { openDatabase } from "../../src/store/sqlite/open-database.ts";
import { Sweeper } from "../../src/store/sqlite/sweeper.ts";
import { temporaryFolder } from "../support/fixture.ts";

const NOW = 1_000_000;
const MANY = 500;
const LONG = "x".repeat(600_000);

test("a page ends early behind long values", (t) => {
  const entries = open(t);
  for (const key of ["a", "b", "c"]) entries.set(key, LONG, null, NOW);
  assert.deepEqual(
    entries.page(rangeOf(""), MANY, NOW).map(({ key }) => key),
    ["a", "b"],
  );
});

test("of long values fewer are removed in one go, by a sweep and by a removal, in the end all of them", (t) => {
  for (const removal of [
    (entries: Entries) => entries.sweep(0, MANY, NOW + 1).removed,
    (entries: Entries) => entries.remove(rangeOf(""), MANY, NOW).seen,
  ]) {
    const entries = open(t);
    for (let index = 0; index < 20; index++) entries.set(`k:${index}`, LONG, 1, NOW);
    const first = removal(entries);
    assert.ok(first > 0 && first * LONG.length <= 4_000_000, `${first}`);
    let sum = first;
    while (sum < 20) sum += removal(entries);
    assert.equal(removal(entries), 0);
  }
});

test("who looks for ends, counts, or finds a key among long values does not read them", (t) => {
  const path = join(temporaryFolder(t), "store.db");
  const kept = open(t, path);
  for (let index = 0; index < 50; index++) kept.set(`k:${index}`, LONG, null, NOW);
  for (const look of [
    (entries: Entries) => entries.sweep(0, MANY, NOW),
    (entries: Entries) => entries.stretch(rangeOf(""), MANY, NOW),
    (entries: Entries) => entries.incr("k:25x", 1, null, NOW),
  ]) {
    const entries = open(t, path);
    const before = bytesRead();
    look(entries);
    const read = bytesRead() - before;
    assert.ok(read < LONG.length, `${read} bytes of ${50 * LONG.length} were read`);
  }
});

test("processes that live for a short time sweep the whole store together", (t) => {
  const entries = open(t);
  for (let index = 0; index < 2000; index++) entries.set(`k:${index}`, "stays", null, NOW);
  for (let index = 0; index < 2000; index++) entries.set(`s:${index}`, "ended", 1, NOW);
  // 100 writes pay for one step of 400 entries.
  for (let life = 0; life < 10; life++) new Sweeper(0).owe(100, entries, NOW + 1);
  assert.equal(entries.stretch(rangeOf(""), 5000, NOW).seen, 2000);
});

test("of processes that hardly write, some sweep nevertheless", (t) => {
  const entries = open(t);
  for (let index = 0; index < 100; index++) entries.set(`s:${index}`, "ended", 1, NOW);
  new Sweeper(0.5).owe(1, entries, NOW + 1);
  assert.equal(entries.stretch(rangeOf(""), MANY, NOW).seen, 100);
  new Sweeper(0.995).owe(1, entries, NOW + 1);
  assert.equal(entries.stretch(rangeOf(""), MANY, NOW).seen, 0);
});

test("a full store makes room wherever a process begins, and behind much that lives", (t) => {
  for (const chance of [0, 0.5, 0.999]) {
    const entries = open(t);
    for (let index = 0; index < 3000; index++) entries.set(`k:${index}`, "stays", null, NOW);
    for (let index = 0; index < 1500; index++) entries.set(`s:${index}`, "ended", 1, NOW);
    const sweeper = new Sweeper(chance);
    let removed = 0;
    for (let turn = 0; turn < 5; turn++) removed += sweeper.makeRoom(entries, NOW + 1);
    assert.equal(removed, 1500, `chance ${chance}`);
  }
});

function open(t: TestContext, path = ":memory:"): Entries {
  const database = openDatabase(
    path === ":memory:" ? { engine: "memory" } : { engine: "sqlite", path, maxSize: 512_000_000 },
  );
  t.after(() => database.close());
  return new Entries(database, 1_000_000);
}

/** By this process, from files. */
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "latin1"))?.[1]);
}
