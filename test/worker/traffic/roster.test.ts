import assert from "node:assert/strict";
import { test } from "node:test";
import { Roster } from "../../../src/worker/traffic/roster.ts";

const people = (...names: readonly string[]): readonly { readonly name: string }[] => names.map((name) => ({ name }));
const namesOf = (members: readonly { readonly name: string }[]): readonly string[] =>
  members.map(({ name }) => name).toSorted();

test("whoever has left is gone, whether it came first, in between or last, and the others are still there", () => {
  for (const leaving of [0, 1, 2]) {
    const roster = new Roster<{ readonly name: string }, number>();
    const all = people("Ada", "Bea", "Cid");
    all.forEach((member, index) => roster.set(member, index));
    const [gone] = all.slice(leaving);
    assert.ok(gone && roster.delete(gone));
    const stay = all.filter((member) => member !== gone);
    assert.deepEqual([roster.size, roster.has(gone), roster.get(gone)], [2, false, undefined]);
    assert.deepEqual(namesOf(roster.keys()), namesOf(stay));
    for (const member of stay) assert.equal(roster.get(member), all.indexOf(member));
  }
});

test("who leaves twice has left once, and who comes back is there again", () => {
  const roster = new Roster<{ readonly name: string }, string>();
  const [one, other] = people("Ada", "Bea") as [{ name: string }, { name: string }];
  roster.set(one, "first");
  roster.set(other, "second");
  assert.deepEqual([roster.delete(one), roster.delete(one)], [true, false]);
  roster.set(one, "third");
  assert.deepEqual(roster.values().toSorted(), ["second", "third"]);
  assert.deepEqual(namesOf(roster.entries().map(([member]) => member)), ["Ada", "Bea"]);
});

test("who comes a second time counts once, with the newer fact", () => {
  const roster = new Roster<{ readonly name: string }, string>();
  const [one] = people("Ada") as [{ name: string }];
  roster.set(one, "first");
  roster.set(one, "second");
  assert.deepEqual([roster.size, roster.get(one)], [1, "second"]);
});

test("a member of two rosters leaves one and stays in the other", () => {
  const [here, there] = [new Roster<{ readonly name: string }>(), new Roster<{ readonly name: string }>()];
  const [one, other] = people("Ada", "Bea") as [{ name: string }, { name: string }];
  for (const member of [one, other]) {
    here.set(member);
    there.set(member);
  }
  here.delete(one);
  assert.deepEqual([namesOf(here.keys()), namesOf(there.keys())], [["Bea"], ["Ada", "Bea"]]);
  there.clear();
  assert.deepEqual([here.size, there.size], [1, 0]);
});
