import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { whoElse, type Rights } from "../../../src/deploy/sync/root-alone.ts";

const ROOT: Rights = { path: "/", uid: 0, mode: 0o755 };

suite("who else than root may write to a file's folder", () => {
  const rows: readonly (readonly [title: string, folders: readonly Rights[], answer: string | null])[] = [
    ["nobody where all above it is root's", [{ path: "/conf.d", uid: 0, mode: 0o750 }, ROOT], null],
    ["its owner", [{ path: "/srv", uid: 1000, mode: 0o755 }, ROOT], "/srv is the user's with the id 1000"],
    ["its group", [{ path: "/srv", uid: 0, mode: 0o2775 }, ROOT], "others may write to /srv"],
    ["everybody", [{ path: "/tmp", uid: 0, mode: 0o1777 }, ROOT], "others may write to /tmp"],
    [
      "the owner of a folder further up, who may put another in its place",
      [{ path: "/home/eve/conf.d", uid: 0, mode: 0o755 }, { path: "/home/eve", uid: 1000, mode: 0o755 }, ROOT],
      "/home/eve is the user's with the id 1000",
    ],
    [
      "nobody where everybody may write further up, and put nothing in its place",
      [{ path: "/tmp/x", uid: 0, mode: 0o700 }, { path: "/tmp", uid: 0, mode: 0o1777 }, ROOT],
      null,
    ],
  ];
  for (const [title, folders, answer] of rows) {
    test(`is ${title}`, () => {
      assert.equal(whoElse(folders), answer);
    });
  }
});
