import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { OpenedByUs } from "../../../src/primary/hang/opened-by-us.ts";

function worker(): { id: number; pid: number; told: unknown[]; send(message: unknown): void } {
  const told: unknown[] = [];
  return { id: 1, pid: process.pid, told, send: (message) => void told.push(message) };
}

suite("an inspector", () => {
  // So that the signal opens none here.
  process.on("SIGUSR1", () => {});

  test("that we have not opened is none of our business", () => {
    const handle = worker();
    const opened = new OpenedByUs();
    assert.equal(opened.heard(handle, "open"), "open");
    assert.equal(opened.heard(handle, "closed"), "closed");
    assert.deepEqual(handle.told, []);
  });

  test("that we have opened is to be closed, and counts as closed until then", () => {
    const handle = worker();
    const opened = new OpenedByUs();
    opened.open(handle);
    // On its way before that.
    assert.equal(opened.heard(handle, "closed"), "closed");
    assert.equal(opened.heard(handle, "open"), "closed");
    assert.deepEqual(handle.told, [{ type: "close-inspector" }]);
    assert.equal(opened.heard(handle, "closed"), "closed");
    // By somebody else.
    assert.equal(opened.heard(handle, "open"), "open");
    assert.equal(handle.told.length, 1);
  });
});
