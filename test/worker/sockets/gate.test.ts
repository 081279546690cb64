import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Gate } from "../../../src/worker/sockets/gate.ts";

type Step = "stepAside" | "full" | "wantsMore" | "rejoin" | "cover";

/** What becomes of the server, and what the primary hears. */
function after(steps: readonly Step[]): string[] {
  const seen: string[] = [];
  const server = { unplug: () => seen.push("unplugged") };
  const capture = {
    servers: () => [server] as never,
    replug: () => seen.push("replugged"),
    cover: () => seen.push("covered"),
    discard: () => seen.push("discarded"),
  };
  const gate = new Gate(capture, { send: ({ type }) => void seen.push(type) });
  for (const step of steps) {
    if (step === "rejoin") gate.rejoin("*:3000", {});
    else if (step === "cover") gate.cover("*:3001", "*:3000", {});
    else gate[step]();
  }
  return seen;
}

test("a worker accepts unless it stands aside or is full", () => {
  const capture = { servers: () => [], replug: () => undefined, cover: () => undefined, discard: () => undefined };
  const gate = new Gate(capture, { send: () => undefined });
  const seen = [gate.isOpen];
  gate.stepAside();
  seen.push(gate.isOpen);
  gate.rejoin("*:3000", {});
  seen.push(gate.isOpen);
  assert.deepEqual(seen, [true, false, true]);
});

suite("a worker", () => {
  const FULL = ["unplugged", "full"];
  const ROWS: readonly [title: string, steps: readonly Step[], seen: readonly string[]][] = [
    ["accepts again after it stood aside", ["stepAside", "rejoin"], ["unplugged", "replugged"]],
    ["asks for its socket when it was full", ["full", "wantsMore", "rejoin"], [...FULL, "wants-more", "replugged"]],
    ["covers a sibling's address", ["cover"], ["covered"]],
    ["covers nothing while it is full, and is told again", ["full", "cover"], [...FULL, "discarded"]],
    ["does not ask when it never was", ["wantsMore"], []],
    [
      "stays shut when it is called back while full",
      ["stepAside", "full", "rejoin"],
      ["unplugged", ...FULL, "discarded"],
    ],
    [
      "and asks when there is room again",
      ["stepAside", "full", "rejoin", "wantsMore", "rejoin"],
      ["unplugged", ...FULL, "discarded", "wants-more", "replugged"],
    ],
    [
      "does not ask while it stands aside: it will be called back",
      ["full", "stepAside", "wantsMore", "rejoin"],
      [...FULL, "unplugged", "replugged"],
    ],
    [
      "that is full again before its socket comes leaves it",
      ["full", "wantsMore", "full", "rejoin"],
      [...FULL, "wants-more", ...FULL, "discarded"],
    ],
  ];
  for (const [title, steps, seen] of ROWS) test(title, () => assert.deepEqual(after(steps), seen));
});
