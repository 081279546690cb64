import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { DEADLINE, judge, type Scene, type Step } from "../../../src/worker/succession/judge.ts";

const DEAD: Scene = {
  alone: 100,
  led: 0,
  overtaken: false,
  primary: "dead",
  succession: true,
  elected: "nobody",
  started: false,
};

suite("a worker that has lost its primary", () => {
  const rows: readonly (readonly [title: string, scene: Partial<Scene>, step: Step])[] = [
    ["stands for election when nobody is elected", {}, "elect"],
    ["serves on while another one starts a successor", { elected: "another" }, "serve"],
    ["stands for election when the elected one has died", { elected: "gone" }, "elect"],
    ["serves on while its own successor starts", { elected: "this", started: true }, "serve"],
    ["starts another successor when its first one has died before it led", { elected: "this" }, "start"],
    ["waits a moment where nobody was elected for the one it has started", { started: true }, "serve"],
    ["serves on until the successor says otherwise", { primary: "another" }, "serve"],
    ["leaves after a deliberate stop", { succession: false }, "leave"],
    ["leaves after a deliberate stop that has come to its end", { primary: "no record" }, "leave"],
    ["serves on while the primary is still dying", { primary: "ours" }, "serve"],
    ["leaves when it alone is cut off", { primary: "ours", alone: 2_000 }, "leave"],
    ["leaves when nobody has come in time", { elected: "another", alone: DEADLINE }, "leave"],
    ["serves on for as long as a successor takes to boot", { primary: "another", alone: 2 * DEADLINE }, "serve"],
    ["starts another successor when one has died that took long to boot", { alone: DEADLINE, led: 1 }, "elect"],
    ["leaves when all successors together have left it alone for too long", { alone: DEADLINE + 1, led: 1 }, "leave"],
    [
      "leaves when its primary was killed in the middle of an upgrade",
      { primary: "another", overtaken: true },
      "leave",
    ],
  ];
  for (const [title, scene, step] of rows) {
    test(title, () => assert.equal(judge({ ...DEAD, ...scene }), step));
  }
});
