import { PEERS, type PeerId } from "../peers/peers.ts";
import type { Workload } from "../workloads/workload.ts";
import { WORKLOADS } from "../workloads/workloads.ts";
import type { Machine } from "./machine.ts";
import type { Results } from "./results.ts";
import { standingsOf } from "./standing.ts";
import { renderTable } from "./table.ts";
import { verdictsOf, type Verdict } from "./verdicts.ts";
import { renderWorkload } from "./workload-section.ts";

const METHOD = `Who takes part takes turns within each round, every server freshly started, after a warm-up. CPU time is user and system time of all
processes of a peer, from /proc: the steady figure. The load comes from another process on the same machine, so requests/s and latencies are for comparison
only. *× Drover* is a peer's figure divided by Drover's. Memory is PSS. Whiskers in the charts reach from the lowest to the highest round.
[docs/benchmarks.md](../../docs/benchmarks.md) has the method, every peer's command, and what these figures do not say.`;

function machineOf({ system, cpu, cores, memoryGB }: Machine): string {
  return `${system}, ${cores} × ${cpu}, ${memoryGB} GB`;
}

function verdictOf({ measured, isMet }: Verdict): string {
  if (measured === null) return "⚪ not measured";
  return isMet ? "🟢 met" : "🔴 **missed**";
}

/** Enough digits to tell a miss from a hit. */
const shown = ({ measured }: Verdict): string => (measured === null ? "–" : String(Number(measured.toPrecision(3))));

function goalTable(all: readonly Results[]): string {
  const rows = all.flatMap(({ workload, runs }) => {
    const { title, compare, goals }: Workload = WORKLOADS[workload];
    return verdictsOf({ goals, compare }, standingsOf(runs)).map((verdict) => [
      `${title}: ${compare}`,
      verdict.goal,
      verdict.node,
      shown(verdict),
      verdictOf(verdict),
    ]);
  });
  return renderTable({ columns: ["Workload", "Drover must be", "Node", "measured", ""], rows }, 3);
}

function peersOf(all: readonly Results[]): string {
  const versions = new Map(all.flatMap((results) => Object.entries(results.versions)));
  return [...versions].map(([peer, version]) => `${PEERS[peer as PeerId].name}: ${version}`).join("; ");
}

/** The whole of `results/README.md`. */
export function renderSummary(all: readonly Results[]): string {
  const machines = [...new Set(all.map(({ machine }) => machineOf(machine)))].join("; ");
  const parts = [
    "# Drover beside its peers",
    METHOD,
    `Measured on ${machines}. ${peersOf(all)}.`,
    "## Goals",
    "Drover's figure divided by the peer's, where a peer is named.",
    goalTable(all),
    ...all.map((results) => renderWorkload(WORKLOADS[results.workload], results)),
    "## Measured apart",
    "[protocols.md](protocols.md): HTTP/1.1, HTTPS and HTTP/2 beside plain Node. [logs.md](logs.md): what logging costs. [store.md](store.md): session stores beside Redis.",
  ];
  return `${parts.join("\n\n")}\n`;
}
