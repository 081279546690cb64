import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { prettyAgain, unpainted } from "../../src/telemetry/pretty.ts";

const time = new Date(2026, 0, 2, 3, 4, 5).getTime();

type Row = readonly [title: string, raw: string, expected: string];

const rows: readonly Row[] = [
  [
    "of Drover itself",
    JSON.stringify({ level: "info", time, event: "worker-ready", slot: 1, pid: 7, msg: "worker 1 ready" }),
    "03:04:05 drover worker 1 ready\n",
  ],
  [
    "with the stack of an error below it",
    JSON.stringify({ level: "error", time, event: "worker-died", msg: "died", error: { stack: "Error: x\n  at y" } }),
    "03:04:05 drover died\n    Error: x\n      at y\n",
  ],
  [
    "of the app",
    JSON.stringify({ level: "info", time, slot: 2, pid: 7, stream: "stdout", msg: "hello" }),
    "[2 7] hello\n",
  ],
  ["of the app, an object", '{"slot":2,"level":30,"msg":"hello"}', '[2] {"level":30,"msg":"hello"}\n'],
  ["of the app, an object with its pid", '{"slot":2,"pid":7,"event":"paid"}', '[2 7] {"pid":7,"event":"paid"}\n'],
  ["that is text stays as it is", "[1 7] hello", "[1 7] hello\n"],
  ["that is somebody else's object stays as it is", '{"event":"x"}', '{"event":"x"}\n'],
  ["that is cut off stays as it is", '{"level":"in', '{"level":"in\n'],
];

suite("a line of a log file, as a terminal shows it,", () => {
  for (const [title, raw, expected] of rows) test(title, () => assert.equal(prettyAgain(raw, unpainted), expected));
});
