import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test, type TestContext } from "node:test";
import { Screen } from "../../../src/cli/top/screen.ts";

const ENTERED = "\u001B[?1049h";
const LEFT = "\u001B[?1049l";

/** A screen on streams that play a terminal, and what they were told. */
function open(t: TestContext) {
  const told = { text: "", raw: [] as boolean[], keys: [] as string[] };
  const stdout = new PassThrough({ encoding: "utf8" }).on("data", (text: string) => (told.text += text));
  const stdin = Object.assign(new PassThrough(), { setRawMode: (raw: boolean) => void told.raw.push(raw) });
  const screen = new Screen(
    { stdout },
    stdin as never,
    (key) => told.keys.push(key),
    () => told.keys.push("resize"),
  );
  t.after(() => screen.close());
  return { screen, stdout, stdin, told };
}

test("a screen gives the terminal back once, and hears no key after that", (t) => {
  const { screen, stdin, told } = open(t);
  stdin.emit("data", Buffer.from("q"));
  screen.draw([["one"], [{ format: "bold", text: "two" }]]);
  screen.close();
  screen.close();
  stdin.emit("data", Buffer.from("r"));
  screen.draw([["three"]]);
  assert.ok(told.text.startsWith(ENTERED) && told.text.endsWith(LEFT), JSON.stringify(told.text));
  assert.equal(told.text.split(LEFT).length, 2);
  assert.deepEqual([told.keys, told.raw], [["q"], [true, false]]);
});

test("a screen gives the terminal back when the process ends, however it does", (t) => {
  const { told } = open(t);
  const before = process.listeners("exit");
  before.at(-1)?.call(process, 1);
  assert.ok(told.text.endsWith(LEFT));
  assert.equal(process.listeners("exit").length, before.length - 1);
});

test("a screen hears of a resize", (t) => {
  const { stdout, told } = open(t);
  stdout.emit("resize");
  assert.deepEqual(told.keys, ["resize"]);
});
