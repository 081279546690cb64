import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { causeOf, idOf } from "../../src/crashes/cause.ts";

type Facts = Parameters<typeof causeOf>[0];

const ROOT = "/srv/shop/releases/1";

function facts(own: Partial<Facts>): Facts {
  return { reason: "exit-code", code: null, signal: null, error: null, stack: null, ...own };
}

function thrown(message: string, at: string, name = "TypeError"): Facts {
  const stack = `${name}: ${message}\n    at ${at}\n    at Server.emit (node:events:514:28)`;
  return facts({ reason: "uncaught", error: { name, message, stack } });
}

function causeOfHang(stack: string): string {
  return causeOf(facts({ reason: "hang", stack, signal: "SIGKILL" }), ROOT);
}

const base = thrown("no order 17", `totals (${ROOT}/src/orders.js:42:7)`);

suite("the same cause is", () => {
  const rows: readonly (readonly [title: string, facts: Facts, root?: string])[] = [
    ["another id in the message", thrown("no order 18", `totals (${ROOT}/src/orders.js:42:7)`)],
    ["another line of the same function", thrown("no order 17", `totals (${ROOT}/src/orders.js:57:9)`)],
    [
      "another release",
      thrown("no order 17", "totals (/srv/shop/releases/2/src/orders.js:42:7)"),
      "/srv/shop/releases/2",
    ],
    [
      "a package above the same function",
      thrown(
        "no order 17",
        `query (${ROOT}/node_modules/pg/client.js:9:1)\n    at totals (${ROOT}/src/orders.js:42:7)`,
      ),
    ],
    ["a second line of the message", thrown("no order 17\nin a basket", `totals (${ROOT}/src/orders.js:42:7)`)],
  ];
  for (const [title, other, root = ROOT] of rows)
    test(title, () => assert.equal(causeOf(other, root), causeOf(base, ROOT)));

  test("an exit with the same code, whatever was in flight", () => {
    assert.equal(causeOf(facts({ code: 7 }), ROOT), causeOf(facts({ code: 7 }), "/elsewhere"));
  });

  test("a loop that stands still in the same function", () => {
    const hang = (line: number): Facts =>
      facts({ reason: "hang", stack: `    at spin (file://${ROOT}/app.js:${line}:5)`, signal: "SIGKILL" });
    assert.equal(causeOf(hang(3), ROOT), causeOf(hang(9), ROOT));
    assert.match(causeOf(hang(3), ROOT), /hang \| spin app\.js/);
  });

  test("a loop that stands still for the same unknown reason", () => {
    const waits = "no JavaScript stack within 2 s: it waits";
    assert.equal(causeOfHang(waits), causeOfHang(waits.replace("2", "3")));
    assert.notEqual(causeOfHang(waits), causeOfHang("the process is stopped"));
  });
});

suite("another cause is", () => {
  const rows: readonly (readonly [title: string, facts: Facts])[] = [
    ["another error", thrown("no order 17", `totals (${ROOT}/src/orders.js:42:7)`, "RangeError")],
    ["another message", thrown("no basket 17", `totals (${ROOT}/src/orders.js:42:7)`)],
    ["another function", thrown("no order 17", `taxes (${ROOT}/src/orders.js:42:7)`)],
    ["another file", thrown("no order 17", `totals (${ROOT}/src/baskets.js:42:7)`)],
    ["an exit code", facts({ code: 1 })],
    ["a signal", facts({ reason: "signal", signal: "SIGSEGV" })],
  ];
  for (const [title, other] of rows) test(title, () => assert.notEqual(causeOf(other, ROOT), causeOf(base, ROOT)));

  test("another exit code, and another signal", () => {
    assert.notEqual(causeOf(facts({ code: 1 }), ROOT), causeOf(facts({ code: 2 }), ROOT));
    const by = (signal: string): string => causeOf(facts({ reason: "signal", signal }), ROOT);
    assert.notEqual(by("SIGKILL"), by("SIGSEGV"));
  });
});

test("an id is eight digits and letters, the same for the same cause", () => {
  assert.match(idOf("exit-code | 7"), /^[\da-f]{8}$/);
  assert.equal(idOf("exit-code | 7"), idOf("exit-code | 7"));
  assert.notEqual(idOf("exit-code | 7"), idOf("exit-code | 8"));
});
