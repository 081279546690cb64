import { PEERS } from "../peers/peers.ts";
import { FIGURES, type FigureId } from "../workloads/figures.ts";
import type { Workload } from "../workloads/workload.ts";
import type { Results } from "./results.ts";
import { rivalOf, standingsOf, type Standing } from "./standing.ts";
import { renderTable } from "./table.ts";

const NOTHING = "–";

function cell({ figures, runs }: Standing, name: FigureId): string {
  const spread = figures[name];
  if (!spread) return runs === 0 ? "failed" : NOTHING;
  const shown = spread.median.toFixed(FIGURES[name].digits);
  // What could not be taken in every run is no figure like the others.
  return spread.count === runs ? shown : `${shown} (${spread.count} of ${runs} runs)`;
}

function timesDrover(standing: Standing, standings: readonly Standing[], compare: FigureId): string {
  const rival = rivalOf(standing, "drover", standings, compare, FIGURES[compare].better);
  const [own, other] = [standing, rival].map((one) => one?.figures[compare]?.median);
  return own === undefined || !other ? NOTHING : (own / other).toFixed(2);
}

function tableOf(standings: readonly Standing[], compare: FigureId): string {
  const names = (Object.keys(FIGURES) as FigureId[]).filter((name) =>
    standings.some(({ figures }) => figures[name] !== undefined),
  );
  const [others, manyNodes] = [
    names.filter((name) => name !== compare),
    new Set(standings.map(({ node }) => node)).size > 1,
  ];
  return renderTable(
    {
      columns: ["", ...(manyNodes ? ["Node"] : []), compare, "× Drover", ...others],
      rows: standings.map((standing) => {
        const { name } = PEERS[standing.peer];
        return [
          standing.peer === "drover" ? `**${name}**` : name,
          ...(manyNodes ? [standing.node ?? NOTHING] : []),
          cell(standing, compare),
          timesDrover(standing, standings, compare),
          ...others.map((other) => cell(standing, other)),
        ];
      }),
    },
    manyNodes ? 2 : 1,
  );
}

/** Why who is missing is missing, and what failed. */
function notesOf({ absent }: Results, standings: readonly Standing[]): string[] {
  const missing = Object.entries(absent).map(
    ([peer, why]) => `${PEERS[peer as keyof typeof PEERS].name} took no part: ${why}.`,
  );
  const failed = standings
    .filter(({ failures }) => failures.length > 0)
    .map(({ peer, node, runs, failures }) => {
      const who = `${PEERS[peer].name}${node === null ? "" : ` on Node ${node}`}`;
      return `${who} failed in ${failures.length} of ${runs + failures.length} rounds: ${[...new Set(failures)].join("; ")}`;
    });
  return [...missing, ...failed];
}

function circumstances({ machine, command, rounds, scale, runs }: Results): string {
  const nodes = [...new Set(runs.map(({ node }) => node).filter((node) => node !== null))].join(", ");
  const amount = scale === 1 ? "" : `, ${scale} × the usual amount`;
  return `<sub>Medians of ${rounds} rounds${amount}, Node ${nodes}, ${machine.date}: \`${command}\`</sub>`;
}

/** Markdown, under a heading of the second level. */
export function renderWorkload({ title, note, compare }: Workload, results: Results): string {
  const standings = standingsOf(results.runs);
  const notes = notesOf(results, standings);
  return [
    `## ${title}`,
    ...(note === undefined ? [] : [note]),
    tableOf(standings, compare),
    ...(notes.length > 0 ? [notes.map((text) => `- ${text}`).join("\n")] : []),
    `![${title}: ${compare}](${results.workload}.svg)`,
    circumstances(results),
  ].join("\n\n");
}
