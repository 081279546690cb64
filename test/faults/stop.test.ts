import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { connect } from "../support/client.ts";
import { launch, start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { describe, startLoad, type Sample } from "../support/load.ts";
import { pipeline, type PipelineEnd } from "../support/pipeline.ts";
import { LONG, record } from "../support/reliability.ts";
import { enough, transports, type Transport } from "../support/transports.ts";
import { until } from "../support/wait.ts";

const OK = { code: 0, signal: null };
const FAST = ["--probation", "500ms", "--idle-timeout", "500ms"];

/**
 * Refused is no failure after a stop. One client may have connected in the instant before the last socket closed: of its first requests, which over HTTP/2
 * may be several, none was read.
 */
function lostAtStop(failures: readonly Sample[]): Sample[] {
  const lost = failures.filter(({ answer }) => answer.outcome !== "refused");
  const queued = lost.find(({ fresh, answer }) => fresh && ["reset", "closed"].includes(answer.outcome));
  const { localPort = 0 } = queued?.answer ?? {};
  return lost.filter((sample) => sample !== queued && (localPort === 0 || sample.answer.localPort !== localPort));
}

const MOMENTS = [
  ["while the replacement is on trial", "reload-trial", 0],
  ["before the replacement boots", "reload-started", 0],
  ["while the second replacement boots", "worker-started", 4],
] as const;

async function stopDuringReload(t: TestContext, transport: Transport, moment: (typeof MOMENTS)[number]): Promise<void> {
  const [title, event, count] = moment;
  const drover = await start(t, app("http.js"), transport.serve({ flags: FAST }));
  const load = startLoad(t, transport.target(drover), { rate: 400, postEvery: 2, path: "/slow?ms=20" });
  await until(() => load.samples.length > 50, "the load to be under way");
  const verb = drover.verb("reload");
  await drover.log.find(title, (line) => line.event === event && drover.log.events(event).length >= count);
  const samplesBefore = load.samples.length;
  assert.deepEqual(await drover.stop(), OK);
  const { code, stderr } = await verb;
  assert.equal(code, 1);
  assert.match(stderr, /is being stopped/);
  const samples = await load.stop();
  const lost = lostAtStop(load.failures);
  record({
    fault: `TERM during a reload, ${title}${transport.over}`,
    sent: samples.filter(({ answer }) => answer.outcome !== "refused").length,
    lost: lost.length,
    note: "none of what was accepted; newcomers are refused",
  });
  assert.equal(describe(lost), "", `${samplesBefore} before the stop`);
}

async function stopWithIdle(t: TestContext, transport: Transport, count: number): Promise<void> {
  const drover = await start(t, app("http.js"), transport.serve({ flags: FAST }));
  const idle = Array.from({ length: count }, () => connect(transport.target(drover)));
  const answers = await Promise.all(idle.map((connection) => connection.request()));
  assert.deepEqual(new Set(answers.map(({ outcome }) => outcome)), new Set(["ok"]));
  const before = performance.now();
  assert.deepEqual(await drover.stop(), OK);
  const ms = performance.now() - before;
  await until(() => idle.every(({ ended }) => ended), "all connections to end");
  const torn = idle.filter(({ torn }) => torn);
  record({
    fault: `TERM with ${count.toLocaleString("en")} idle keep-alive connections${transport.over}`,
    sent: idle.length,
    lost: torn.length,
    note: `all closed in good order, after a grace of 0.5 s; gone after ${(ms / 1000).toFixed(1)} s`,
  });
  assert.deepEqual(torn, []);
  assert.ok(ms < 15_000, `gone after ${Math.round(ms)} ms`);
}

suite("a stop", () => {
  for (const transport of transports) {
    for (const moment of enough(transport, MOMENTS, 1)) {
      test(`during a reload, ${moment[0]}, ends both in good order${transport.over}`, (t) =>
        stopDuringReload(t, transport, moment));
    }
    const count = LONG || transport.name === "http" ? 1000 : 200;
    test(`closes ${count} idle connections in good order, after their grace${transport.over}`, (t) =>
      stopWithIdle(t, transport, count));
  }

  test("while the first workers boot ends at once, and the verb says so", async (t) => {
    const drover = launch(t, app("supervision/boot-hangs.js"), {});
    await drover.log.event("worker-started");
    const { code, stderr } = await drover.verb("stop");
    assert.equal(code, 0, stderr);
    assert.deepEqual(await drover.exit, OK);
  });

  test("does not wait for clients that pipeline requests for ever, and tears none of their answers", async (t) => {
    const drover = await start(t, app("http.js"), { flags: FAST });
    const clients: Promise<PipelineEnd>[] = [];
    for (let count = 0; count < 8; count += 1) {
      await new Promise<void>((started) => clients.push(pipeline(drover.port, started)));
    }
    assert.deepEqual(await drover.stop(), OK);
    const ends = await Promise.all(clients);
    const total = (key: "answers" | "sent"): number => ends.reduce((sum, end) => sum + end[key], 0);
    record({
      fault: "TERM under 8 clients that pipeline 20 requests ahead without end",
      sent: total("answers"),
      lost: ends.filter(({ torn }) => torn > 0).length,
      note: `no answer is torn; the last one of each says Connection: close, and the ${total("sent") - total("answers")} requests behind it may be sent again`,
    });
    assert.deepEqual(
      ends.map(({ toldToClose, torn, error }) => ({ toldToClose, torn, error })),
      ends.map(() => ({ toldToClose: true, torn: 0, error: undefined })),
    );
    assert.equal(drover.log.events("cut").length, 0);
  });
});
