import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { commandWord, wholeValue, word } from "../../../src/deploy/systemd/quote.ts";
import { analyze } from "../../support/systemd-analyze.ts";
import { need } from "../../support/tools.ts";
import { commandOf, wholeOf, wordsOf } from "../../support/unit-file.ts";

/** Anything but NUL, which no argument holds; with what systemd and shells find special more often than by chance. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...Array.from(" \t\n\"'\\$%;{}#=-~*`\u0001\u007F\u0085é€𝄞")),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).filter((character) => character !== "\0"),
  ),
});

const ODD = [
  "",
  "two words",
  "--name=two words",
  ";",
  "\\",
  "trailing \\",
  "100%",
  "%n",
  "%%",
  "$HOME",
  "${HOME}",
  "$$",
  'say "hi"',
  "it's",
  "line\nbreak",
  "tab\tand\u0001and\u007F",
  "#no comment",
  "-",
  "@x",
  "héllo € 𝄞",
  "\u0085",
] as const;

suite("what a unit says is what systemd understands", () => {
  test("of the arguments of a command, whatever is in them", () => {
    fc.assert(
      fc.property(fc.array(text), (args) => {
        const line = ["/usr/bin/node", ...args.map(commandWord)].join(" ");
        assert.doesNotMatch(line, /\n/);
        assert.deepEqual(commandOf(line), ["/usr/bin/node", ...args]);
      }),
    );
  });

  test("of a variable", () => {
    fc.assert(fc.property(text, (value) => assert.deepEqual(wordsOf(word(`NAME=${value}`)), [`NAME=${value}`])));
  });

  test("of a path, which may hold anything but control characters", () => {
    assert.equal(wholeOf(wholeValue('/srv/100% of us/"x" $y')), '/srv/100% of us/"x" $y');
    for (const path of ["/srv/a\nUser=root", "/srv/x "])
      assert.throws(() => wholeValue(path), { code: "USAGE", message: /without control characters and blanks/ });
  });

  test("by the word of systemd itself", (t) => {
    if (!need(t, "systemd-analyze", "systemd")) return;
    const service = [
      "[Service]",
      ...ODD.map((value, index) => `Environment=${word(`V${index}=<${value}>`)}`),
      `ExecStart=${process.execPath} ${ODD.map(commandWord).join(" ")}`,
      "",
    ].join("\n");
    const { complaints, dump } = analyze(t, [{ name: "odd.service", text: service }]);
    assert.deepEqual(complaints, []);
    for (const [index, value] of ODD.entries()) assert.ok(dump.includes(`Environment: V${index}=<${value}>\n`), value);
    // It shows them quoted as for a shell, with `$$` as it was written.
    const shown = /Command Line: (.*)/.exec(dump)?.[1] ?? "";
    assert.deepEqual(wordsOf(shown.replaceAll("%", "%%")), [
      process.execPath,
      ...ODD.map((value) => value.replaceAll("$", "$$$$")),
    ]);
  });
});
