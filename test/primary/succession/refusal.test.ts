import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { refusalOf, type Station } from "../../../src/primary/succession/refusal.ts";

const DETACHED: Station = { pid: 40, os: "linux", detached: true, notifies: false };

const rows: readonly (readonly [title: string, given: Partial<Station>, why: RegExp | null])[] = [
  ["in the background it can", {}, null],
  ["as a service that tells systemd its pid it can", { detached: false, notifies: true }, null],
  ["in the foreground it cannot", { detached: false }, /waits for this very process/],
  ["as process 1 it cannot, however it was started", { pid: 1 }, /the container ends with that/],
  ["on Windows it cannot", { os: "win32" }, /on Windows/],
];

suite("another process takes the primary's place", () => {
  for (const [title, given, why] of rows) {
    test(title, () => {
      const refusal = refusalOf({ ...DETACHED, ...given });
      if (why === null) return assert.equal(refusal, null);
      assert.match(refusal?.why ?? "", why);
    });
  }
});
