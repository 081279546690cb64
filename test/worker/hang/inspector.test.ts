import assert from "node:assert/strict";
import { test } from "node:test";
import { closeInspector, settleInspector } from "../../../src/worker/hang/inspector.ts";

test("an app that listens to SIGUSR1 keeps it, from the moment on that it does", () => {
  const inspector = settleInspector([]);
  assert.equal(inspector(), "closed");
  process.once("SIGUSR1", () => {});
  assert.equal(inspector(), "own");
  process.removeAllListeners("SIGUSR1");
  assert.equal(inspector(), "closed");
});

test("an inspector is seen to be open, and once closed opens on a free port again", () => {
  const inspector = settleInspector([]);
  process.getBuiltinModule("node:inspector").open(0, "127.0.0.1");
  assert.equal(inspector(), "open");
  closeInspector();
  assert.equal(inspector(), "closed");
  assert.equal(process.debugPort, 0);
});
