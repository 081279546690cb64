import assert from "node:assert/strict";
import { closeSync, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { appLine, journalLine, leadsToJournal, withPriority } from "../../src/telemetry/journal.ts";
import { temporaryFolder } from "../support/fixture.ts";

function anyDescriptor(t: TestContext): number {
  const fd = openSync(join(temporaryFolder(t), "stream"), "w");
  t.after(() => closeSync(fd));
  return fd;
}

suite("a descriptor leads to the journal", () => {
  test("when it is the one that systemd names", (t) => {
    const fd = anyDescriptor(t);
    const { dev, ino } = fstatSync(fd, { bigint: true });
    assert.equal(leadsToJournal(fd, { JOURNAL_STREAM: `${dev}:${ino}` }), true);
  });

  test("and no other does", (t) => {
    const fd = anyDescriptor(t);
    const { dev, ino } = fstatSync(fd, { bigint: true });
    for (const named of [`${dev}:${ino + 1n}`, `${dev + 1n}:${ino}`, `${ino}`, ":", ""])
      assert.equal(leadsToJournal(fd, { JOURNAL_STREAM: named }), false, named);
    assert.equal(leadsToJournal(fd, {}), false);
  });

  test("nor one that is closed", () => {
    assert.equal(leadsToJournal(1_000_000, { JOURNAL_STREAM: "1:1" }), false);
  });
});

const lines: readonly (readonly [title: string, line: string, out: string, err: string])[] = [
  ["text gets slot and pid, and on stderr is a warning", "hello", "<6>[1 7] hello", "<4>[1 7] hello"],
  ["an empty line is one, too", "", "<6>[1 7] ", "<4>[1 7] "],
  ["a priority of its own counts", "<3>no disk", "<3>[1 7] no disk", "<3>[1 7] no disk"],
  ["what only looks like one does not", "<9>a", "<6>[1 7] <9>a", "<4>[1 7] <9>a"],
  ["JSON stays as it is", '{"a":1}', '<6>{"a":1}', '<4>{"a":1}'],
  ["pino's levels count", '{"level":50,"msg":"x"}', '<3>{"level":50,"msg":"x"}', '<3>{"level":50,"msg":"x"}'],
  ["so do words", '{"level":"warn","a":1}', '<4>{"level":"warn","a":1}', '<4>{"level":"warn","a":1}'],
  ["of levels", '{"level":"fatal"}', '<2>{"level":"fatal"}', '<2>{"level":"fatal"}'],
  ["but no others", '{"level":"high"}', '<6>{"level":"high"}', '<4>{"level":"high"}'],
  ["nor other numbers", '{"level":3}', '<6>{"level":3}', '<4>{"level":3}'],
  ["nor what every object has", '{"level":"constructor"}', '<6>{"level":"constructor"}', '<4>{"level":"constructor"}'],
];

suite("of the app's lines", () => {
  for (const [title, line, out, err] of lines)
    test(title, () =>
      assert.deepEqual([appLine(line, "stdout", "[1 7] "), appLine(line, "stderr", "[1 7] ")], [out, err]),
    );
});

suite("Drover's own lines", () => {
  for (const [level, priority] of [
    ["debug", 7],
    ["info", 6],
    ["warn", 4],
    ["error", 3],
  ] as const)
    test(`of level ${level} have priority ${priority}, and no time`, () => {
      const json = JSON.stringify({ level, time: 1, event: "ready", msg: "ready on 3000" });
      assert.equal(journalLine(json), `<${priority}>drover ready on 3000\n`);
    });

  test("have it in each line of an error", () => {
    const json = JSON.stringify({ level: "error", msg: "died\nof this:", error: { stack: "Error: x\n  at y" } });
    assert.equal(journalLine(json), "<3>drover died\n<3>of this:\n<3>    Error: x\n<3>      at y\n");
  });

  test("keep their empty lines and have none more", () => {
    assert.equal(withPriority("error", "a\n\nb\n"), "<3>a\n<3>\n<3>b\n");
    assert.equal(withPriority("error", "a"), "<3>a");
  });
});
