import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../../src/worker/noticed/place.ts";

const CODE = "const a = 1;\nsetInterval(() => run(), 60_000);\nasync function job(x: number) { run(); }\n";
const ARROW = { lineNumber: 1, columnNumber: 12 };

const ROWS = [
  ["finds the file and the line", "() => run()", ARROW, [CODE], "0.js:2"],
  [
    "counts from the parameters of a function with a name",
    "async function job(x        ) { run(); }",
    { lineNumber: 2, columnNumber: 18 },
    [CODE],
    "0.js:3",
  ],
  ["answers none where the text is another", "() => walk()", ARROW, [CODE], null],
  ["answers none for a file that is shorter", "() => run()", { lineNumber: 90, columnNumber: 0 }, [CODE], null],
  ["picks the file that has it there", "() => run()", ARROW, ["\n", CODE], "1.js:2"],
  ["answers none where two files have it there", "() => run()", ARROW, [CODE, CODE], null],
] as const;

for (const [title, code, position, texts, expected] of ROWS)
  test(title, () => {
    const sources = texts.map((text, index) => ({ file: `${index}.js`, text }));
    assert.equal(placeOf(code, position, sources), expected);
  });
