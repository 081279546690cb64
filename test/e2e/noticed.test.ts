import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { start, type Drover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/express-ts/server.ts", import.meta.url));

/** What was noticed so far, but for what this machine is like. */
function notes({ log }: Drover): readonly unknown[] {
  return log
    .events("noticed")
    .map(({ name }) => name)
    .filter((name) => name !== "cpus" && name !== "open-files");
}

suite("Drover notices", () => {
  test("what of an app is meant for one process, each with what to do", async (t) => {
    const env = { NODE_ENV: "staging" };
    const drover = await start(t, app("noticed/everything.js"), { env });
    const { msg } = await drover.log.event("noticed", ({ name }) => name === "interval");
    const inApp = ["memory-session", "memory-rate-limit", "cron-job", "socket-io", "interval"];
    assert.deepEqual(notes(drover), ["node-env", ...inApp]);
    const line =
      /^noticed: everything\.js:15 runs something every 60 s, in each of 2 workers; .+ \(--silence interval hides this\)$/;
    assert.match(msg ?? "", line);
  });

  test("nothing of what is made for several workers, and after a reload only what is new", async (t) => {
    const more = join(temporaryFolder(t), "more");
    const env = { MORE: more, NODE_ENV: "staging" };
    const flags = ["--silence", "node-env,cpus", "--probation", "0"];
    const drover = await start(t, app("noticed/careful.js"), { env, flags });
    const { text } = await drover.log.event("noticed", ({ name }) => name === "interval");
    assert.match(String(text), /^jobs\.cjs:2 runs something every 60 s,/);
    assert.deepEqual(notes(drover), ["interval"]);

    writeFileSync(more, "");
    await drover.verb("reload");
    const { text: next } = await drover.log.event("noticed", (line) => String(line["text"]).startsWith("careful.js"));
    assert.match(String(next), /^careful\.js:\d+ runs something every 60 min, in each/);
    assert.deepEqual(notes(drover), ["interval", "interval"]);
  });

  test("nothing of the example", async (t) => {
    const drover = await start(t, EXAMPLE, { env: { LOG_LEVEL: "debug" } });
    await drover.log.event("looked");
    assert.deepEqual(notes(drover), []);
  });
});
