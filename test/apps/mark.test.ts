import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { journalAppMark, jsonAppMark, prettyAppMark } from "../../src/apps/mark.ts";

const json: readonly (readonly [title: string, lines: string, marked: string])[] = [
  ["a JSON object gets the app in front", '{"level":"info"}\n', '{"app":"api","level":"info"}\n'],
  [
    "any other line becomes the message of one",
    "listens\n",
    '{"app":"api","level":"error","time":7,"stream":"stderr","msg":"listens"}\n',
  ],
  ["an empty object is such a line", "{}\n", '{"app":"api","level":"error","time":7,"stream":"stderr","msg":"{}"}\n'],
  ["each of several lines is marked", '{"a":1}\n{"b":2}\n', '{"app":"api","a":1}\n{"app":"api","b":2}\n'],
];

suite("the lines of one app of several", () => {
  for (const [title, lines, marked] of json) {
    test(`as JSON: ${title}`, () => assert.equal(jsonAppMark("api", "stderr", () => 7)(lines), marked));
  }

  test("for the journal: each has its priority, then the app", () => {
    const marked = journalAppMark("api", "stdout")('<4>drover late\n<6>{"level":30}\nplain\n');
    assert.equal(marked, '<4>api | drover late\n<6>{"level":30}\n<6>api | plain\n');
  });

  test("pretty: each begins with the app's column", () => {
    assert.equal(prettyAppMark("api   ")("one\n\ntwo\n"), "api    | one\napi    | \napi    | two\n");
  });
});
