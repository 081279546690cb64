import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { request } from "../support/client.ts";
import { runCli, start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import type { LogLine } from "../support/log-reader.ts";
import { overHttp } from "../support/roll-call.ts";
import { until } from "../support/wait.ts";

const FLOOD = 50_000;
const flooded = Array.from({ length: FLOOD }, (_, line) => `line ${line} ${"x".repeat(line % 80)}.`);

/** Compares without printing 50,000 lines when they differ. */
function assertSameLines(actual: readonly (string | undefined)[], expected: readonly string[]): void {
  const at = expected.findIndex((line, index) => line !== actual[index]);
  assert.equal(actual.length, expected.length, "as many lines as were written");
  assert.equal(at, -1, `line ${at} is ${JSON.stringify(actual[at])}`);
}

suite("the app's own lines", () => {
  for (const [title, flags] of [
    ["with their prefix", []],
    ["as they are, without", ["--no-log-prefix"]],
  ] as const) {
    test(`all arrive, whole and in order, when 50,000 are written and then an error is thrown: ${title}`, async (t) => {
      const drover = await start(t, app("supervision/flood.js"), { workers: 1, flags });
      const victim = drover.workers().get(1);
      await request({ port: drover.port });
      await drover.log.event("worker-died", (line) => line.pid === victim);
      await drover.log.event("worker-ready", (line) => line.pid !== victim);
      await drover.stop();
      const prefixed = drover.log.lines.filter((line) => line.stream === "stdout" && line.msg?.startsWith("line "));
      const raw = drover.log.lines.filter((line) => line.raw.startsWith("line "));
      if (flags.length === 0) {
        assertSameLines(
          prefixed.map((line) => line.msg),
          flooded,
        );
        assert.ok(prefixed.every((line) => line.slot === 1 && line.pid === victim));
      } else {
        assertSameLines(
          raw.map((line) => line.raw),
          flooded,
        );
      }
    });
  }

  test("carry their slot, pid and stream, and keep their own fields when they are JSON", async (t) => {
    const drover = await start(t, app("supervision/noisy.js"), { workers: 1 });
    const pid = drover.workers().get(1);
    await request({ port: drover.port });
    const [out, err, object, joined] = await Promise.all([
      drover.log.find("the line on stdout", (line) => line.msg === "to stdout"),
      drover.log.find("the line on stderr", (line) => line.msg === "to stderr"),
      drover.log.find("the line that is an object", (line) => line.msg === "an object"),
      drover.log.find("the line written in parts", (line) => line.msg === "without an end of line"),
    ]);
    assert.deepEqual([out.slot, out.pid, out.stream], [1, pid, "stdout"]);
    assert.deepEqual([err.slot, err.pid, err.stream], [1, pid, "stderr"]);
    assert.equal(object.raw, '{"slot":1,"level":30,"msg":"an object","id":7}');
    assert.equal(joined.stream, "stdout");
  });

  test("carry their slot and pid in the pretty format, too", async (t) => {
    const entry = app("supervision/noisy.js");
    const drover = runCli(t, ["start", entry, "-w", "1", "-p", "0", "--log-format", "pretty"]);
    const ready = await drover.log.find("the line that says ready", (line) =>
      /ready on http:\/\/localhost:\d+/.test(line.raw),
    );
    const port = Number(/localhost:(\d+)/.exec(ready.raw)?.[1]);
    await request({ port });
    const line = await drover.log.find("the app's line", (one) => one.raw.endsWith("to stdout"));
    assert.match(line.raw, /^\[1 \d+\] to stdout$/);
    assert.ok(
      drover.log.lines.every((one) => !one.raw.includes("\u001B")),
      "no colours without a terminal",
    );
  });

  test("come from several workers without tearing each other", async (t) => {
    const drover = await start(t, app("supervision/chatty.js"), { workers: 3, env: { LINES: "2000" } });
    await until(
      () => drover.log.lines.filter((line) => line.msg === "all said").length === 3,
      "all three to have said all",
    );
    for (const [slot, pid] of drover.workers()) {
      const own = drover.log.lines.filter((line) => line.slot === slot && line.msg?.startsWith("word "));
      const expected = Array.from({ length: 2000 }, (_, index) => `word ${index} of ${pid}`);
      assertSameLines(
        own.map((line) => line.msg),
        expected,
      );
    }
  });
});

function isAccess(line: LogLine): boolean {
  return "status" in line && "method" in line;
}

test("the access log has one JSON line per request", async (t) => {
  const drover = await start(t, app("http.js"), { workers: 2, flags: ["--access-log"] });
  const target = { port: drover.port };
  for (let count = 0; count < 10; count += 1) await overHttp(target, `/?count=${count}`)();
  await request(target, { path: "/nowhere" });
  await request(target, { path: "/echo", body: Buffer.from("abc") });

  const access = await until(() => {
    const lines = drover.log.lines.filter(isAccess);
    return lines.length >= 12 && lines;
  }, "twelve access lines");
  assert.equal(access.length, 12);
  assert.deepEqual(access.map((line) => `${String(line["method"])} ${String(line["status"])}`).toSorted(), [
    ...Array.from({ length: 10 }, () => "GET 200"),
    "GET 404",
    "POST 200",
  ]);
  for (const line of access) assert.ok(line.slot === 1 || line.slot === 2);
});

test("--log-level error leaves out what is not an error, and keeps the app's own lines", async (t) => {
  const entry = app("background.js");
  const drover = runCli(t, ["start", entry, "-w", "1", "--no-listen", "--log-format", "json", "--log-level", "error"]);
  await drover.log.find("the app's line", (line) => line.msg?.startsWith("started ") ?? false);
  await drover.stop();
  assert.deepEqual(
    drover.log.lines.filter((line) => line.event !== undefined),
    [],
  );
});
