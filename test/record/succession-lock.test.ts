import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { elect, forgetElections, lastElected } from "../../src/record/succession-lock.ts";
import { temporaryFolder } from "../support/fixture.ts";

const DEAD = { pid: 10, start: "100 4fe2-boot" };
const one = { pid: 11, start: "101 4fe2-boot", slot: 1 };
const other = { pid: 12, start: "102 4fe2-boot", slot: 2 };

test("one alone is elected in a dead primary's place, and another one in the next round", (t) => {
  const record = join(temporaryFolder(t), "web.record");
  assert.deepEqual(lastElected(record, DEAD), { round: 0, elected: null });
  assert.deepEqual([elect(record, DEAD, 1, one), elect(record, DEAD, 1, other)], [true, false]);
  assert.deepEqual(lastElected(record, DEAD), { round: 1, elected: one });
  assert.equal(elect(record, DEAD, 2, other), true);
  assert.deepEqual(lastElected(record, DEAD), { round: 2, elected: other });
  for (const dead of [
    { ...DEAD, start: "200 4fe2-boot" },
    { ...DEAD, pid: 1 },
  ]) {
    assert.equal(lastElected(record, dead).round, 0, "another primary's death is another matter");
  }
});

test("elections are forgotten, and nothing else with them", (t) => {
  const folder = temporaryFolder(t);
  const record = join(folder, "web.record");
  for (const file of ["web.record", "web.sock", "web.record.json.record"]) writeFileSync(join(folder, file), "");
  elect(record, DEAD, 1, one);
  elect(join(folder, "shop.record"), DEAD, 1, one);
  assert.equal(readdirSync(folder).length, 5);
  forgetElections(record);
  assert.equal(lastElected(record, DEAD).round, 0);
  assert.equal(lastElected(join(folder, "shop.record"), DEAD).round, 1);
  assert.equal(readdirSync(folder).length, 4);
});
