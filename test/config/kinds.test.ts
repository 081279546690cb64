import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { boolean, choice, orNull, orWord, wholeNumber, type Kind } from "../../src/config/kinds.ts";
import {
  account,
  addresses,
  duration,
  host,
  level,
  path,
  port,
  variables,
  words,
} from "../../src/config/option-kinds.ts";

/** Kind, value, and what it is read as; `undefined` when it is refused. */
type Row = readonly [kind: Kind<unknown>, value: unknown, read: unknown];

const rows: Readonly<Record<string, readonly Row[]>> = {
  "a port is a whole number from 0 to 65535, also as text": [
    [port, 3000, 3000],
    [port, "3000", 3000],
    [port, "0", 0],
    [port, 65_535, 65_535],
    [port, 65_536, undefined],
    [port, "70000", undefined],
    [port, -1, undefined],
    [port, "-1", undefined],
    [port, 80.5, undefined],
    [port, "80.5", undefined],
    [port, "0x50", undefined],
    [port, "", undefined],
    [port, " ", undefined],
    [port, null, undefined],
    [port, true, undefined],
    [port, Number.NaN, undefined],
  ],
  "a count keeps its bounds": [
    [wholeNumber("a count", 1, 8), 1, 1],
    [wholeNumber("a count", 1, 8), "8", 8],
    [wholeNumber("a count", 1, 8), 0, undefined],
    [wholeNumber("a count", 1, 8), 9, undefined],
  ],
  "a word may stand in place of a number": [
    [orWord("auto", port), "auto", "auto"],
    [orWord("auto", port), "80", 80],
    [orWord("auto", port), "Auto", undefined],
  ],
  "a time is text with its unit, or a number of milliseconds": [
    [duration(0), "30s", 30_000],
    [duration(0), "500ms", 500],
    [duration(0), "2m", 120_000],
    [duration(0), "1h", 3_600_000],
    [duration(0), "1.5s", 1500],
    [duration(0), 250, 250],
    [duration(0), 0, 0],
    [duration(0), "0", 0],
    [duration(0), "30", undefined],
    [duration(0), "30 s", undefined],
    [duration(0), "-1s", undefined],
    [duration(0), "soon", undefined],
    [duration(0), -1, undefined],
    [duration(0), 0.5, undefined],
    [duration(1), 0, undefined],
    [duration(1), "0", undefined],
    [duration(0), "600h", undefined],
    [duration(0), Number.POSITIVE_INFINITY, undefined],
  ],
  "true and false are also 1 and 0 as text": [
    [boolean(), true, true],
    [boolean(), "true", true],
    [boolean(), "1", true],
    [boolean(), "0", false],
    [boolean(), "false", false],
    [boolean(), "yes", undefined],
    [boolean(), 1, undefined],
  ],
  "a choice takes its words only": [
    [choice(["auto", "listen"]), "listen", "listen"],
    [choice(["auto", "listen"]), "Listen", undefined],
    [choice(["auto", "listen"]), null, undefined],
  ],
  "a level understands the words of other loggers": [
    [level, "info", "info"],
    [level, "INFO", "info"],
    [level, "trace", "debug"],
    [level, "fatal", "error"],
    [level, "off", "silent"],
    [level, "loud", undefined],
    [level, "constructor", undefined],
  ],
  "a host is a name or an address without a port": [
    [host(), "localhost", "localhost"],
    [host(), "127.0.0.1", "127.0.0.1"],
    [host(), "::1", "::1"],
    [host(), "[::1]", "::1"],
    [host(), "localhost:3000", undefined],
    [host(), "http://localhost", undefined],
    [host(), "", undefined],
    [orNull(host()), null, null],
  ],
  "a user is a name or a number": [
    [account(), "www-data", "www-data"],
    [account(), 33, "33"],
    [account(), "", undefined],
    [account(), {}, undefined],
  ],
  "words are an array or text split at blanks": [
    [words("words"), ["a b", "c"], ["a b", "c"]],
    [words("words"), "--import tsx  --x", ["--import", "tsx", "--x"]],
    [words("words"), `--title="a b" 'c d'`, ["--title=a b", "c d"]],
    [words("words"), "", []],
    [words("words"), [1, true], ["1", "true"]],
    [words("words"), `"open`, undefined],
    [words("words"), [{}], undefined],
    [words("words"), 5, undefined],
  ],
  "variables are texts by name": [
    [variables(), { A: "1", B: 2, C: true }, { A: "1", B: "2", C: "true" }],
    [variables(), {}, {}],
    [variables(), { A: null }, undefined],
    [variables(), ["A=1"], undefined],
    [variables(), null, undefined],
  ],
  "addresses are a list, one, or none": [
    [addresses(), ["3000", "unix:/run/x.sock"], ["3000", "unix:/run/x.sock"]],
    [addresses(), [3000], ["3000"]],
    [addresses(), 3000, ["3000"]],
    [addresses(), "3000, [::1]:3001", ["3000", "[::1]:3001"]],
    [addresses(), false, false],
    [addresses(), "false", false],
    [addresses(), [], []],
    [addresses(), ["3000", "70000"], undefined],
    [addresses(), "", undefined],
    [addresses(), true, undefined],
  ],
};

suite("kinds of values", () => {
  for (const [title, cases] of Object.entries(rows)) {
    test(title, () => {
      for (const [kind, value, read] of cases) {
        const parsed = kind.parse(value);
        assert.deepEqual(parsed.ok ? parsed.value : undefined, read, JSON.stringify(value));
      }
    });
  }

  test("a refused list names the item that is wrong", () => {
    const parsed = addresses().parse(["3000", ":70000"]);
    assert.equal(parsed.ok ? null : parsed.got, ":70000");
  });

  test("a path is made absolute from the folder it is relative to", () => {
    assert.equal(path("a file").rebase("./x.ts", "/srv/app"), "/srv/app/x.ts");
    assert.equal(path("a file").rebase("/x.ts", "/srv/app"), "/x.ts");
    assert.deepEqual(addresses().rebase(["80", "unix:run/x.sock"], "/srv/app"), ["80", "unix:/srv/app/run/x.sock"]);
  });

  test("a value is shown as its writer would write it, and variables without their values", () => {
    assert.equal(duration(0).show(20_000), "20s");
    assert.equal(duration(0).show(1500), "1500ms");
    assert.equal(words("words").show([]), "none");
    assert.equal(orNull(host()).show(null), "none");
    assert.equal(addresses().show(false), "false");
    assert.equal(variables().show({ TOKEN: "secret", KEY: "secret" }), "TOKEN KEY");
  });
});
