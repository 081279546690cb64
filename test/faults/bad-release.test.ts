import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { Snapshot } from "../../src/protocol/control.ts";
import { start, type Drover } from "../support/drover.ts";
import { describe, startLoad } from "../support/load.ts";
import { byLink, inPlace, site, type Releases } from "../support/releases.ts";
import { LONG, record } from "../support/reliability.ts";
import { enough, transports, type Transport } from "../support/transports.ts";
import { until } from "../support/wait.ts";

const WORKERS = 3;

interface Row {
  readonly title: string;
  readonly source: string;
  /** In what the verb prints. */
  readonly error: RegExp;
  readonly flags?: readonly string[];
  /** The release before. */
  readonly good?: string;
  /** It gets ready, and serves for a second. */
  readonly serves?: true;
}

const ready = ';\nprocess.send("ready")';
const after = (what: string): string => `;\nsetTimeout(() => { ${what} }, 1000)`;

const ROWS: readonly Row[] = [
  { title: "throws as it boots", source: 'throw new Error("no such table: orders");', error: /no such table: orders/ },
  { title: "has a syntax error", source: "const = 1;", error: /SyntaxError/ },
  { title: "misses a module", source: 'import "no-such-module";', error: /no-such-module/ },
  { title: "exits as it boots", source: "process.exit(7);", error: /exit code 7/ },
  {
    title: "throws 1 s after it is ready",
    source: site("bad", after('throw new Error("lost its database")')),
    error: /died \S+ m?s after it was ready: lost its database/,
    serves: true,
  },
  {
    title: "exits 1 s after it is ready",
    source: site("bad", after("process.exit(1)")),
    error: /died \S+ m?s after it was ready: .*exit code 1/,
    serves: true,
  },
  {
    title: "never listens",
    source: "setInterval(() => {}, 1000);",
    error: /not ready 4 s after its start/,
    flags: ["--boot-timeout", "4s"],
  },
  {
    title: "never says that it is ready",
    source: site("bad"),
    error: /process\.send\("ready"\)/,
    flags: ["--boot-timeout", "4s", "--wait-ready"],
    good: site("good", ready),
  },
  {
    title: "fails its probe",
    source: site("bad").replace(/\)/, ", { health: 503 })"),
    error: /GET \/health answered 503/,
    flags: ["--boot-timeout", "4s", "--probe", "/health"],
  },
];

type Way = readonly [string, (t: TestContext) => Releases];

const WAYS: readonly Way[] = [
  ["deployed by a link", byLink],
  ["deployed in place", inPlace],
];

async function statusOf(drover: Drover): Promise<Snapshot> {
  const { code, stdout, stderr } = await drover.verb("status", "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Snapshot;
}

async function fail(t: TestContext, transport: Transport, [way, place]: Way, row: Row): Promise<void> {
  const { title, source, error, flags = [], good = site("good"), serves = false } = row;
  const releases = place(t);
  releases.deploy("good", good);
  const drover = await start(
    t,
    releases.entry,
    transport.serve({ workers: WORKERS, flags: ["--probation", "3s", ...flags] }),
  );
  const before = drover.workers();
  const load = startLoad(t, transport.target(drover), { clients: 16, rate: 600, postEvery: 2, keptFor: 20 });
  await until(() => load.samples.length > 50, "the load to be under way");
  releases.deploy("bad", source);

  const { code, stderr } = await drover.verb("reload");
  assert.equal(code, 1, stderr);
  assert.match(stderr, error);
  const { generation, state, workers, lastReload } = await statusOf(drover);
  assert.deepEqual([generation, state, lastReload?.outcome], [1, "running", "rolled-back"]);
  assert.match(lastReload?.error?.message ?? "", error);
  assert.deepEqual(
    workers.map((worker) => [worker.slot, worker.pid, worker.generation, worker.state]),
    [...before].map(([slot, pid]) => [slot, pid, 1, "ready"]),
    "no slot was touched",
  );
  const then = load.samples.length;
  await until(() => load.samples.length > then + 50, "more answers");
  const samples = await load.stop();
  record({
    fault: `reload of a release ${way} that ${title}${transport.over}`,
    sent: samples.length,
    lost: load.failures.length,
    note: "none; the verb exits with 1 and the app's error, the old release serves from all slots",
  });
  assert.equal(describe(load.failures), "");
  const releasesSeen = samples.map(({ answer }) => answer.response?.headers.get("x-release"));
  assert.equal(releasesSeen.includes("bad"), serves);
  const last = samples.slice(then).map(({ answer }) => answer.response?.headers.get("x-release"));
  assert.deepEqual(new Set(last), new Set(["good"]));
}

/**
 * A worker that ends by itself takes its TLS connections along, idle ones too: their keys are nowhere else. How a release was deployed is of no matter to one that
 * does not get ready: that is looked at once, where there is time.
 */
function rowsFor({ name }: Transport, way: (typeof WAYS)[number]): readonly Row[] {
  if (name !== "http") return ROWS.filter(({ serves }) => !serves);
  return LONG || way === WAYS[0] ? ROWS : ROWS.filter(({ serves }) => serves);
}

for (const transport of transports) {
  for (const way of enough(transport, WAYS, 1)) {
    suite(`a release ${way[0]}${transport.over} that`, () => {
      for (const row of enough(transport, rowsFor(transport, way), 1)) {
        test(`${row.title} fails its reload and no request; the old one serves on`, (t) =>
          fail(t, transport, way, row));
      }
    });
  }
}
