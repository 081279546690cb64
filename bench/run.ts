import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Peer } from "./peers/peer.ts";
import { PEERS, type PeerId } from "./peers/peers.ts";
import { COMMON_OPTIONS, perform, type Result } from "./perform.ts";
import { pick } from "./pick.ts";
import type { Section } from "./report.ts";
import { median } from "./statistics.ts";
import { begin } from "./subject.ts";
import { FIGURES, type FigureId } from "./workloads/figures.ts";
import type { Run, Workload } from "./workloads/workload.ts";
import { WORKLOADS, type WorkloadId } from "./workloads/workloads.ts";

const HELP = `node bench/run.ts [options]: Drover beside its peers, interleaved, medians over rounds

  --peers LIST       ${Object.keys(PEERS).join(",")} (default: those that a workload is for)
  --workloads LIST   ${Object.keys(WORKLOADS).join(",")} (default: all)
  --rounds N         how often each peer runs (default: 7)
  --scale X          multiplies how much is done (default: 1)
  --out FOLDER       where the results go (default: bench/results)
`;

interface Entry {
  readonly workload: WorkloadId;
  readonly peer: PeerId;
}

const peerIds = Object.keys(PEERS) as PeerId[];

function takesPart(peer: PeerId, { peers }: Workload): boolean {
  const { reference }: Peer = PEERS[peer];
  return peers ? peers.includes(peer) : reference !== true;
}

async function runOne({ workload: id, peer }: Entry, scale: number): Promise<Run> {
  const workload: Workload = WORKLOADS[id];
  const { app, protocol = "http", workers = 2 } = workload;
  const subject = await begin(peer, {
    app: join(import.meta.dirname, "apps", `${app}.js`),
    workers,
    protocol,
    node: process.execPath,
    env: {},
  });
  try {
    return await workload.run(subject, scale);
  } finally {
    await subject.stop();
  }
}

function sectionOf(id: WorkloadId, all: readonly Result<Entry, Run>[]): Section {
  const { title, compare }: Workload = WORKLOADS[id];
  const results = all.filter((result) => result.workload === id);
  const figures = (Object.keys(FIGURES) as FigureId[]).filter((name) => results.some(({ run }) => name in run));
  const rows = peerIds.filter((peer) => results.some((result) => result.peer === peer));
  const of = (peer: PeerId, name: FigureId): number =>
    median(results.filter((result) => result.peer === peer).map(({ run }) => run[name] ?? Number.NaN));
  return {
    title,
    columns: ["", ...figures, "× Drover"],
    rows: rows.map((peer) => [
      PEERS[peer].name,
      ...figures.map((name) => of(peer, name).toFixed(FIGURES[name].digits)),
      (of(peer, compare) / of("drover", compare)).toFixed(2),
    ]),
    notes: [],
  };
}

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    peers: { type: "string" },
    workloads: { type: "string" },
    scale: { type: "string", default: "1" },
  },
});

async function runAll(): Promise<void> {
  const peers = pick<PeerId>(values.peers, PEERS, "peer");
  const workloads = pick<WorkloadId>(values.workloads, WORKLOADS, "workload");
  await perform<Entry, Run>(
    {
      name: "http",
      title: `Drover beside its peers, medians of ${values.rounds} rounds`,
      method:
        "The peers take turns within each round, every server freshly started, after a warm-up of a tenth of the requests. " +
        "CPU time is user and system time of all processes of a peer, from /proc; the load comes from another process on " +
        "the same machine, so CPU per request is the steady figure and requests/s is not.",
      entries: workloads.flatMap((workload) =>
        peers.filter((peer) => takesPart(peer, WORKLOADS[workload])).map((peer) => ({ workload, peer })),
      ),
      run: (entry) => runOne(entry, Number(values.scale)),
      show: ({ workload, peer }, run) => {
        const shown = Object.entries(run).map(([name, value]) => `${value.toFixed(1)} ${name}`);
        return `${workload}, ${PEERS[peer].name}: ${shown.join(", ")}`;
      },
      sections: (results) => workloads.map((id) => sectionOf(id, results)),
    },
    values,
  );
}

if (values.help) process.stdout.write(HELP);
else await runAll();
