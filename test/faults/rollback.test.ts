import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { bodyOf, request, type Target } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { describe, startLoad } from "../support/load.ts";
import { kill } from "../support/proc.ts";
import { byLink, site } from "../support/releases.ts";
import { record } from "../support/reliability.ts";
import { transports, type Transport } from "../support/transports.ts";

const WORKERS = 3;
const QUICK = ["--probation", "200ms"];
/** Boots in the first slot, and so gets through its trial, but in no other. */
const FAILS_IN_SLOT_2 = `if (process.env.NODE_APP_INSTANCE === "1") throw new Error("no second one of me");\n${site("release 2")}`;

/** Which releases answer, each asked for on a connection of its own. */
async function answering(target: Target): Promise<ReadonlySet<unknown>> {
  const answers = await Promise.all(Array.from({ length: 60 }, () => request(target)));
  return new Set(answers.map((answer) => (bodyOf(answer) as { release: unknown }).release));
}

async function failInSlot2(t: TestContext, transport: Transport): Promise<void> {
  const releases = byLink(t);
  releases.deploy("release 1", site("release 1"));
  const options = transport.serve({ workers: WORKERS, flags: [...QUICK, "--name", "web"] });
  const drover = await start(t, releases.entry, options);
  const target = transport.target(drover);
  const load = startLoad(t, target, { clients: 8 });
  releases.deploy("release 2", FAILS_IN_SLOT_2);

  const { code, stderr } = await drover.verb("reload", "web");
  assert.equal(code, 1);
  assert.match(stderr, /generation 2 failed, generation 1 serves on: [\s\S]*no second one of me/);
  assert.deepEqual(await answering(target), new Set(["release 1"]));
  const samples = await load.stop();
  record({
    fault: `a release that fails in the second slot${transport.over}`,
    sent: samples.length,
    lost: load.failures.length,
    note: "none: rolled back",
  });
  assert.equal(describe(load.failures), "", `of ${samples.length}`);
}

for (const transport of transports) {
  test(`a release that fails after its trial is rolled back to the old code, though the link leads to the new${transport.over}`, (t) =>
    failInSlot2(t, transport));
}

test("a worker that dies between a deployment and its reload comes back with the old code", async (t) => {
  const releases = byLink(t);
  releases.deploy("release 1", site("release 1"));
  const drover = await start(t, releases.entry, { workers: 2 });
  releases.deploy("release 2", site("release 2"));
  const victim = drover.workers().get(1) ?? 0;
  kill(victim, "SIGKILL");
  await drover.log.event("worker-ready", (line) => line.slot === 1 && line.pid !== victim);
  assert.deepEqual(await answering(drover), new Set(["release 1"]));
});

test("an old worker that dies during a trial is replaced, while the new one does not get ready", async (t) => {
  const releases = byLink(t);
  releases.deploy("release 1", site("release 1"));
  const drover = await start(t, releases.entry, { workers: 1, flags: ["--name", "web", "--boot-timeout", "3s"] });
  releases.deploy("release 2", "setInterval(() => {}, 1000);\n");
  const outcome = drover.verb("reload", "web");
  await drover.log.event("worker-started", (line) => line["generation"] === 2);
  const victim = drover.workers().get(1) ?? 0;
  kill(victim, "SIGKILL");
  await drover.log.event("worker-ready", (line) => line.pid !== victim);
  assert.equal((await request({ port: drover.port })).outcome, "ok");
  assert.equal((await outcome).code, 1);
});

test("a release that sends itself a TERM is rolled back, and not started again and again", async (t) => {
  const releases = byLink(t);
  releases.deploy("release 1", site("release 1"));
  const drover = await start(t, releases.entry, { workers: 2, flags: ["--name", "web", "--probation", "5s"] });
  releases.deploy("release 2", `${site("release 2")}setTimeout(() => process.kill(process.pid, "SIGTERM"), 100);\n`);
  assert.equal((await drover.verb("reload", "web")).code, 1);
  const started = drover.log.events("worker-started").filter((line) => line["generation"] === 2);
  assert.equal(started.length, 1);
});
