import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isSameWish, type Wish } from "../../src/placement/keep-place.ts";

const OWNER = { uid: 1000, gid: 1000, foreign: false };
const SHOP: Wish = { store: "embedded", name: "shop", owner: OWNER };

const rows: readonly (readonly [title: string, changed: Partial<Wish>, stays: boolean])[] = [
  ["stays where nothing that decides it has changed", {}, true],
  ["stays for the same user, read anew", { owner: { ...OWNER } }, true],
  ["is looked for anew with another store", { store: "redis://cache" }, false],
  ["is looked for anew with another name", { name: "till" }, false],
  ["is looked for anew with another user", { owner: { ...OWNER, uid: 33, foreign: true } }, false],
  ["is looked for anew with another group", { owner: { ...OWNER, gid: 33 } }, false],
];

suite("at a reload the store's place", () => {
  for (const [title, changed, stays] of rows)
    test(title, () => assert.equal(isSameWish(SHOP, { ...SHOP, ...changed }), stays));
});
