import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { forward, jsonMark, prettyMark, type Mark, type Outlet } from "../../../src/primary/output/forward.ts";

const mark: Mark = prettyMark("[2 77]");

async function carried(chunks: readonly (string | Buffer)[], how: Mark = mark): Promise<string> {
  const source = new PassThrough();
  let text = "";
  void forward(source, how, {
    writableNeedDrain: false,
    write: (part) => ((text += part), true),
    once: () => undefined,
    off: () => undefined,
  });
  for (const chunk of chunks) source.write(chunk);
  source.end();
  await new Promise((resolve) => source.once("close", resolve));
  return text;
}

test("puts slot and pid in front of each line", async () => {
  assert.equal(await carried(["one\ntwo\n"]), "[2 77] one\n[2 77] two\n");
});

test("keeps a line together that arrives in pieces", async () => {
  assert.equal(await carried(["o", "n", "e\ntw", "o\n"]), "[2 77] one\n[2 77] two\n");
});

test("keeps a character together that arrives in pieces", async () => {
  const bytes = Buffer.from("Grüße\n");
  assert.equal(await carried([bytes.subarray(0, 3), bytes.subarray(3)]), "[2 77] Grüße\n");
});

test("ends a last line that has no end", async () => {
  assert.equal(await carried(["one\ntwo"]), "[2 77] one\n[2 77] two\n");
});

test("keeps empty lines", async () => {
  assert.equal(await carried(["\n\n"]), "[2 77] \n[2 77] \n");
});

test("does not hold a runaway line in memory", async () => {
  const text = await carried(Array.from({ length: 48 }, () => "x".repeat(1 << 16)));
  assert.ok(text.split("\n").every((line) => line.length < 2 << 20));
  assert.equal(text.replaceAll(/[^x]/g, "").length, 3 << 20);
});

test("in JSON, makes text the msg of an object and adds the slot to an object", async () => {
  const text = await carried(
    ['plain "text"\n{"level":30,"msg":"own"}\n{}\n'],
    jsonMark(2, 77, "stderr", () => 5),
  );
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(lines, [
    { level: "error", time: 5, slot: 2, pid: 77, stream: "stderr", msg: 'plain "text"' },
    { slot: 2, level: 30, msg: "own" },
    { level: "error", time: 5, slot: 2, pid: 77, stream: "stderr", msg: "{}" },
  ]);
});

test("waits while the outlet has had enough, and goes on when it drains", async () => {
  const source = new PassThrough();
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  const outlet: Outlet = {
    writableNeedDrain: true,
    write: (part) => (written.push(part), false),
    once: (_event, resume) => waiting.push(resume),
    off: () => undefined,
  };
  void forward(source, mark, outlet);
  source.write("one\n");
  await new Promise(setImmediate);
  source.write("two\n");
  await new Promise(setImmediate);
  assert.deepEqual(written, ["[2 77] one\n"]);
  waiting.shift()?.();
  await new Promise(setImmediate);
  assert.deepEqual(written, ["[2 77] one\n", "[2 77] two\n"]);
});

test("goes on when the reader has gone away and no drain will come", async () => {
  const source = new PassThrough();
  const written: string[] = [];
  const outlet: Outlet = {
    writableNeedDrain: false,
    write: (part) => (written.push(part), false),
    once: () => assert.fail("waits for nothing"),
    off: () => undefined,
  };
  void forward(source, mark, outlet);
  source.write("one\n");
  await new Promise(setImmediate);
  source.write("two\n");
  await new Promise(setImmediate);
  assert.deepEqual(written, ["[2 77] one\n", "[2 77] two\n"]);
});

test("leaves no listeners with the outlet, however often it has waited", async () => {
  const outlet = new PassThrough({ highWaterMark: 1 });
  const source = new PassThrough();
  const done = forward(source, mark, outlet);
  outlet.resume();
  for (let line = 0; line < 50; line += 1) {
    source.write("line\n");
    await new Promise(setImmediate);
  }
  source.end();
  await done;
  assert.deepEqual([outlet.listenerCount("drain"), outlet.listenerCount("error")], [0, 0]);
});
