import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { inMemoryCgroup } from "../support/memory-cgroup.ts";

const MB = 2 ** 20;

interface Heaps {
  readonly own: number;
  readonly forked: number;
}

/** Answers what the workers say, and the log's line. */
async function heaps(t: TestContext, through: readonly string[], flags: readonly string[]): Promise<[Heaps, string]> {
  const drover = await start(t, app("heap/app.js"), { through, flags });
  const { response } = await request({ port: drover.port });
  const line = drover.log.events("heap")[0]?.msg ?? "";
  await drover.stop();
  return [JSON.parse(response?.body.toString() ?? "") as Heaps, line];
}

test("two workers in a cgroup share its memory, and what they fork has Node's own heap", async (t) => {
  const ran = await inMemoryCgroup(2048 * MB, async (through) => {
    const [{ own, forked }, line] = await heaps(t, through, []);
    assert.ok(own >= 590 && own < 700, `${own} MB`);
    assert.ok(forked >= 1024, `${forked} MB`);
    assert.match(
      line,
      /^heap of each worker up to 590 MB \(limit of the cgroup 2048 MB; Node would let each have 1\d\d\d MB\)$/,
    );
    const [chosen, nothing] = await heaps(t, through, ["--node-options", "--max-old-space-size=300"]);
    assert.ok(chosen.own >= 300 && chosen.own < 400, `${chosen.own} MB`);
    assert.equal(nothing, "");
  });
  if (!ran) t.skip("no cgroup can be made here");
});
