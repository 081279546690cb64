import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonFor, type Evidence } from "../../../src/primary/crashes/reason.ts";

const NOTHING: Evidence = {
  code: null,
  signal: null,
  spawnError: null,
  error: null,
  wasReady: true,
  wasLeaving: false,
  killed: null,
  heapFull: false,
  oomKilled: false,
};
const error = { name: "Error", message: "", stack: "" };

const rows: readonly (readonly [title: string, evidence: Partial<Evidence>, expected: ReturnType<typeof reasonFor>])[] =
  [
    ["an exit of its own", { code: 7 }, "exit-code"],
    ["an exit of its own with 0", { code: 0 }, "exit-code"],
    ["an exit before it was ready", { code: 3, wasReady: false }, "exit-code"],
    ["the end of a drain", { code: 0, wasLeaving: true }, null],
    ["a drain whose shutdown handler exits with 1", { code: 1, wasLeaving: true }, null],
    ["a drain that took too long", { signal: "SIGKILL", wasLeaving: true, killed: "drain" }, null],
    ["a stop at once, a roll-back", { signal: "SIGKILL", killed: "order" }, null],
    ["TERM by somebody", { signal: "SIGTERM" }, null],
    ["INT by somebody", { signal: "SIGINT" }, null],
    ["KILL by somebody", { signal: "SIGKILL" }, "signal"],
    ["KILL by somebody while it drains", { signal: "SIGKILL", wasLeaving: true }, "signal"],
    ["KILL by the kernel", { signal: "SIGKILL", oomKilled: true }, "oom-killed"],
    ["KILL by the kernel while it boots", { signal: "SIGKILL", oomKilled: true, wasReady: false }, "oom-killed"],
    ["a fault of native code", { signal: "SIGSEGV" }, "signal"],
    ["an abort", { signal: "SIGABRT" }, "signal"],
    ["an abort of V8's", { signal: "SIGABRT", heapFull: true }, "heap-out-of-memory"],
    ["an abort of V8's at boot", { signal: "SIGABRT", heapFull: true, wasReady: false }, "heap-out-of-memory"],
    ["an error that nobody caught, after its drain", { code: 1, error, wasLeaving: true }, "uncaught"],
    [
      "such an error, and a drain that took too long",
      { signal: "SIGKILL", error, wasLeaving: true, killed: "drain" },
      "uncaught",
    ],
    ["an error of the boot", { code: 1, error, wasReady: false }, "boot-failed"],
    ["a boot that takes too long", { signal: "SIGKILL", wasReady: false, killed: "boot" }, "boot-timeout"],
    ["a loop that stands still", { signal: "SIGKILL", killed: "hang" }, "hang"],
    ["such a loop in a drain", { signal: "SIGKILL", killed: "hang", wasLeaving: true }, "hang"],
    ["no process at all", { spawnError: "spawn EAGAIN", wasReady: false }, "not-started"],
  ];

for (const [title, evidence, expected] of rows) {
  test(`${title}: ${expected ?? "no crash"}`, () => assert.equal(reasonFor({ ...NOTHING, ...evidence }), expected));
}
