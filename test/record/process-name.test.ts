import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { suite, test } from "node:test";
import { lives, nameProcess, signalProcess } from "../../src/record/process-name.ts";

suite("a process's name", () => {
  test("is the same for as long as it lives, and nobody's after that", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    const name = nameProcess(child.pid ?? 0);
    assert.ok(name && lives(name));
    assert.ok(signalProcess(name, "SIGKILL"));
    await once(child, "exit");
    assert.equal(lives(name), false);
    assert.equal(signalProcess(name, "SIGKILL"), false);
  });

  const kills: readonly (readonly [title: string, start: string | null, sent: readonly unknown[]])[] = [
    ["gets a signal", "100 boot", [[10, "SIGKILL"]]],
    ["gets none when the pid is another's by now", "200 boot", []],
    ["gets none when the machine was started again", "100 other", []],
    ["gets none when it has ended", null, []],
  ];
  for (const [title, start, expected] of kills) {
    test(`of one that was recorded ${title}`, () => {
      const sent: unknown[] = [];
      const kill = (...one: readonly unknown[]): void => void sent.push(one);
      const recorded = { pid: 10, start: "100 boot" };
      assert.equal(
        signalProcess(recorded, "SIGKILL", () => start, kill),
        sent.length > 0,
      );
      assert.deepEqual(sent, expected);
    });
  }
});
