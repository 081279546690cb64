import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { placeOf } from "../../../src/primary/hang/place.ts";

const rows: readonly (readonly [title: string, stack: string, place: string | null])[] = [
  ["the line of a named function", "    at loop (/srv/app/site.cjs:6:19)", "/srv/app/site.cjs:6"],
  ["the line of one without a name", "    at /srv/app/site.cjs:6:19", "/srv/app/site.cjs:6"],
  ["the path of a module", "    at loop (file:///srv/app/site.js:6:19)", "/srv/app/site.js:6"],
  [
    "the line behind a native function",
    "    at RegExp.test (<anonymous>)\n    at check (/srv/a.js:3:1)",
    "/srv/a.js:3",
  ],
  [
    "the app's line and not a package's",
    "    at parse (/srv/node_modules/yaml/x.js:9:1)\n    at load (/srv/app.js:2:1)",
    "/srv/app.js:2",
  ],
  [
    "a package's where there is no other",
    "    at parse (/srv/node_modules/yaml/x.js:9:1)",
    "/srv/node_modules/yaml/x.js:9",
  ],
  ["Node's own lines are none", "    at emit (node:events:520:28)", null],
  ["an empty stack has none", "", null],
];

suite("of a stack that is found in a hang", () => {
  for (const [title, stack, place] of rows) test(title, () => assert.equal(placeOf(stack), place));
});
