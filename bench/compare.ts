import { join } from "node:path";
import { command } from "./command.ts";
import { entriesOf, partakersOf, type Entry } from "./entries.ts";
import type { NodeVersion } from "./nodes.ts";
import { absence, installPackages, versionsOf } from "./peers/install.ts";
import { PEERS, type PeerId } from "./peers/peers.ts";
import { describeMachine } from "./report/machine.ts";
import { render } from "./report/render.ts";
import { writeResults } from "./report/results.ts";
import { begin } from "./subject.ts";
import { takeTurns } from "./take-turns.ts";
import { FIGURES, type FigureId } from "./workloads/figures.ts";
import type { Run, Workload } from "./workloads/workload.ts";
import { WORKLOADS, type WorkloadId } from "./workloads/workloads.ts";

export interface Comparison {
  readonly peers: readonly PeerId[];
  readonly workloads: readonly WorkloadId[];
  readonly nodes: readonly NodeVersion[];
  readonly rounds: number;
  /** Multiplies how much is done. */
  readonly scale: number;
  /** The folder for the results. */
  readonly out: string;
}

async function runOne({ workload: id, peer, node }: Entry, { nodes, scale }: Comparison): Promise<Run> {
  const workload: Workload = WORKLOADS[id];
  const { app, protocol = "http", workers = 2 } = workload;
  const subject = await begin(PEERS[peer], {
    app: join(import.meta.dirname, "apps", `${app}.js`),
    workers,
    protocol,
    node: nodes.find(({ version }) => version === node)?.file ?? process.execPath,
    env: {},
  });
  try {
    return await workload.run(subject, scale);
  } finally {
    await subject.stop();
  }
}

function show(run: Run): string {
  const figures = Object.entries(run) as [FigureId, number][];
  return figures.map(([name, value]) => `${value.toFixed(FIGURES[name].digits)} ${name}`).join(", ");
}

/** Why each of the peers takes no part; `null`: it does. Installs what is missing. */
async function absencesOf(peers: readonly PeerId[]): Promise<ReadonlyMap<PeerId, string | null>> {
  await installPackages(peers.map((peer) => PEERS[peer]));
  const absences = new Map(peers.map((peer) => [peer, absence(PEERS[peer])]));
  for (const [peer, why] of absences)
    if (why !== null) process.stderr.write(`${PEERS[peer].name} is left out: ${why}\n`);
  return absences;
}

/** Lets the peers take turns at the workloads, and keeps the results after each round. */
export async function compare(comparison: Comparison): Promise<void> {
  const { workloads, nodes, rounds, scale, out } = comparison;
  const wanted = comparison.peers.filter((peer) => workloads.some((id) => partakersOf(id, [peer]).length > 0));
  const absences = await absencesOf(wanted);
  const present = wanted.filter((peer) => absences.get(peer) === null);
  const machine = describeMachine();
  await takeTurns<Entry, Run>({
    entries: workloads.flatMap((workload) => entriesOf(workload, present, nodes)),
    rounds,
    run: (entry) => runOne(entry, comparison),
    name: ({ workload, peer, node }) => `${workload}, ${PEERS[peer].name}${node === null ? "" : `, Node ${node}`}`,
    show,
    save: (results) => {
      for (const workload of workloads) {
        const partakers = partakersOf(workload, wanted);
        const runs = results.filter((result) => result.workload === workload);
        const known = <Value>(of: (peer: PeerId) => Value | null): Partial<Record<PeerId, Value>> =>
          Object.fromEntries(partakers.map((peer) => [peer, of(peer)]).filter(([, value]) => value !== null));
        writeResults(out, {
          workload,
          machine,
          command: command(),
          rounds: Math.max(...runs.map(({ round }) => round)),
          scale,
          versions: known((peer) => (absences.get(peer) === null ? versionsOf(PEERS[peer]) : null)),
          absent: known((peer) => absences.get(peer) ?? null),
          runs,
        });
      }
      render(out);
    },
  });
}
