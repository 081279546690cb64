import assert from "node:assert/strict";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { parseRecord, readRecord, removeRecord, showRecord, writeRecord } from "../../src/record/record.ts";
import { temporaryFolder } from "../support/fixture.ts";

const PRIMARY = { pid: 10, start: "100 boot" };
const RECORD = {
  primary: PRIMARY,
  succession: {
    name: "web",
    generation: 3,
    workers: { size: 4, configured: 2 },
    withdrawn: true,
    restarts: [{ slot: 1, count: 2 }],
  },
  processes: [{ pid: 11, start: "101 boot" }],
  orphans: [{ pid: 9, start: "90 boot" }],
};

suite("the record of a primary", () => {
  test("is read as it was written", () => {
    assert.deepEqual(parseRecord(showRecord(RECORD)), RECORD);
  });

  const good = { version: 1, ...RECORD };
  const rows: readonly (readonly [title: string, text: string])[] = [
    ["nothing", ""],
    ["half of one", showRecord(RECORD).slice(0, 40)],
    ["null", "null"],
    ["another version", JSON.stringify({ ...good, version: 2 })],
    ["no primary", JSON.stringify({ ...good, primary: null })],
    ["a succession of nothing", JSON.stringify({ ...good, succession: {} })],
    ["a pid alone", JSON.stringify({ ...good, processes: [11] })],
    ["a process without a start", JSON.stringify({ ...good, processes: [{ pid: 11 }] })],
    ["the group of whoever kills it", JSON.stringify({ ...good, processes: [{ pid: 0, start: "1" }] })],
    ["every process there is", JSON.stringify({ ...good, orphans: [{ pid: -1, start: "1" }] })],
    ["a pid as text", JSON.stringify({ ...good, orphans: [{ pid: "11", start: "1" }] })],
  ];
  for (const [title, text] of rows) test(`is not ${title}`, () => assert.equal(parseRecord(text), null));

  test("is for its user alone, replaced as a whole, and gone when it is removed", (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "web.record");
    assert.equal(readRecord(path), null);
    writeFileSync(path, "something older");
    writeRecord(path, RECORD);
    assert.deepEqual([readdirSync(folder), statSync(path).mode & 0o777], [["web.record"], 0o600]);
    assert.deepEqual(readRecord(path), RECORD);
    removeRecord(path);
    removeRecord(path);
    assert.deepEqual(readdirSync(folder), []);
  });
});
