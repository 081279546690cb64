import assert from "node:assert/strict";
import { suite, test } from "node:test";
import session from "express-session";
import { createStore as forExpress } from "../../src/session/express.ts";
import { createStore as forFastify } from "../../src/session/fastify.ts";
import { createStore as forHono, useSessionStorage } from "../../src/session/hono.ts";
import { createStore as forKoa } from "../../src/session/koa.ts";

/** As JavaScript calls it. */
type Door = (...args: unknown[]) => unknown;

const doors: readonly [string, Door][] = [
  ["Express", (options) => forExpress(session, options as object)],
  ["Fastify", forFastify as Door],
  ["Koa", forKoa as Door],
  ["Hono", forHono as Door],
  ["@hono/session", useSessionStorage as Door],
];

for (const [name, door] of doors) {
  suite(`the door for ${name}`, () => {
    for (const [title, options, message] of [
      ["express-session as its options", session, 'expected options such as { ttl: "12h" }, got a function'],
      ["a lifetime as its options", "12h", 'expected options such as { ttl: "12h" }, got a string'],
      ["null", null, 'expected options such as { ttl: "12h" }, got null'],
      ["a name with a typing error", { tll: "12h" }, 'expected no options but ttl, url, client, prefix, got "tll"'],
    ] as const) {
      test(`refuses ${title}`, () => {
        assert.throws(() => door(options), { name: "TypeError", message });
      });
    }

    test("takes all that there is, or nothing", () => {
      door({ url: "memory:", client: undefined, prefix: undefined, ttl: "12h" });
      door({ url: "memory:" });
    });
  });
}

suite("the door for Express without express-session", () => {
  for (const [args, got] of [
    [[], "undefined"],
    [[{ ttl: "12h" }], "an object"],
  ] as const) {
    test(`says how it is called: ${got}`, () => {
      const message = `expected the app's express-session first, got ${got}: write createStore(session) or createStore(session, { ttl: "12h" })`;
      assert.throws(() => (forExpress as Door)(...args), { name: "TypeError", message });
    });
  }
});
