import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { crashesOf, homeOf } from "../../../src/control/home.ts";
import { readCrashes } from "../../../src/crashes/crash-files.ts";
import { CrashDesk } from "../../../src/primary/crashes/crash-desk.ts";
import type { Hang, Member } from "../../../src/primary/workers/crew.ts";
import { Pulse } from "../../../src/primary/workers/pulse.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const UP = { wasLeaving: false, everReady: true };
const EXIT = { code: 7, signal: null };

interface Desk {
  readonly desk: CrashDesk;
  readonly home: string;
  readonly warnings: string[];
  readonly reports: () => ReturnType<typeof readCrashes>;
}

function openDesk(t: TestContext): Desk {
  const home = join(temporaryFolder(t), "home");
  const warnings: string[] = [];
  const log = { warn: (event: string) => void warnings.push(event) };
  const environment = { DROVER_HOME: home };
  const world = { clock: new ManualClock(), wallNow: () => 5_000, log, environment };
  const desk = new CrashDesk("web", world as unknown as ConstructorParameters<typeof CrashDesk>[1]);
  return { desk, home, warnings, reports: () => readCrashes(crashesOf(homeOf(environment), "web")) };
}

function member(own: Partial<Member> = {}): Member {
  const launch = { cwd: "/srv/web", boot: { entry: "/srv/web/app.js", fatalReports: null } };
  const nothing = { error: null, hang: null, atEnd: null, lines: null, killReason: null, verdict: "failed" };
  const handle = { id: 1, slot: 1, pid: 4242, generation: 1 };
  return { handle, launch, forkedAt: 0, readyAt: 0, pulse: new Pulse(), ...nothing, ...own } as unknown as Member;
}

test("a death is told of at once and written down by and by", async (t) => {
  const { desk, reports } = openDesk(t);
  const crash = desk.died(member(), EXIT, UP);
  assert.deepEqual([crash?.at, crash?.slot, crash?.text], [5_000, 1, "exit code 7"]);
  assert.deepEqual(desk.last, crash);
  await desk.settled();
  assert.deepEqual(
    (await reports()).map(({ id, count }) => [id, count]),
    [[crash?.id, 1]],
  );
});

test("many deaths at once are one report with their count", async (t) => {
  const { desk, reports } = openDesk(t);
  for (let death = 0; death < 20; death += 1) desk.died(member(), EXIT, UP);
  await desk.settled();
  assert.deepEqual(
    (await reports()).map(({ count }) => count),
    [20],
  );
});

test("a disk that cannot be written is told of once, until it can be", async (t) => {
  const { desk, home, warnings, reports } = openDesk(t);
  const dies = async (): Promise<void> => {
    desk.died(member(), EXIT, UP);
    await desk.settled();
  };
  writeFileSync(home, "no folder");
  await dies();
  await dies();
  assert.deepEqual(warnings, ["crash-not-written"]);
  rmSync(home);
  mkdirSync(home);
  await dies();
  assert.equal((await reports()).length, 1);
  rmSync(home, { recursive: true });
  writeFileSync(home, "no folder");
  await dies();
  assert.deepEqual(warnings, ["crash-not-written", "crash-not-written"]);
});

test("a report that the app has written itself is not Node's word on a death, and outlives the app", async (t) => {
  const { desk, home } = openDesk(t);
  const fatalReports = join(home, "crashes", "web", "node");
  const launch = { cwd: "/srv/web", boot: { entry: "/srv/web/app.js", fatalReports } } as unknown as Member["launch"];
  await desk.open(launch);
  const [own, fatal] = [join(fatalReports, "4242.json"), join(fatalReports, "4243.json")];
  writeFileSync(own, '{"header":{"trigger":"API","dumpEventTimeStamp":"5000"}}');
  writeFileSync(fatal, '{"header":{"trigger":"OOMError","dumpEventTimeStamp":"5000"}}');
  const aborted = { code: null, signal: "SIGABRT" } as const;
  assert.equal(desk.died(member({ launch }), aborted, UP)?.reason, "signal");
  const other = member({ launch, handle: { id: 2, slot: 2, pid: 4243, generation: 1 } as Member["handle"] });
  assert.equal(desk.died(other, aborted, UP)?.reason, "heap-out-of-memory");
  await desk.settled();
  await desk.open(launch);
  assert.deepEqual([existsSync(own), existsSync(fatal)], [true, false]);
});

test("a worker that hung, and died of something else before it was killed, has died of that", (t) => {
  const { desk } = openDesk(t);
  const hang: Hang = {
    ms: 10_000,
    rssBytes: null,
    stack: "",
    where: null,
    unknown: "no stack",
    culprit: null,
    underWay: [],
  };
  const hung = member({ hang, killReason: "killed: it hung" });
  assert.equal(desk.died(hung, { code: null, signal: "SIGABRT" }, UP)?.reason, "signal");
  assert.equal(desk.died(hung, { code: null, signal: "SIGKILL" }, UP)?.reason, "hang");
});

test("hangs without a stack are told apart by why there is none", (t) => {
  const { desk } = openDesk(t);
  const id = (unknown: string): unknown => {
    const hang: Hang = { ms: 1, rssBytes: null, stack: "", where: null, unknown, culprit: null, underWay: [] };
    return desk.died(member({ hang, killReason: "killed: it hung" }), { code: null, signal: "SIGKILL" }, UP)?.id;
  };
  assert.equal(id("it computes"), id("it computes"));
  assert.notEqual(id("it computes"), id("it waits"));
});

test("a boot that fails before the app has ever been up leaves no report, nor does a boot that goes another way", (t) => {
  const { desk } = openDesk(t);
  const error = { name: "Error", message: "no database", stack: "" };
  const failed = { code: 1, signal: null };
  assert.equal(desk.died(member({ error, readyAt: null }), failed, { ...UP, everReady: false }), null);
  assert.equal(desk.died(member({ error, readyAt: null, verdict: "excused" }), failed, UP), null);
  assert.equal(desk.died(member({ error, readyAt: null }), failed, UP)?.reason, "boot-failed");
});
