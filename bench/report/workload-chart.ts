import { PEERS } from "../peers/peers.ts";
import { FIGURES } from "../workloads/figures.ts";
import type { Workload } from "../workloads/workload.ts";
import { renderChart, type Bar } from "./chart.ts";
import type { Results } from "./results.ts";
import { standingsOf, type Standing } from "./standing.ts";

/** An SVG of the figure that the peers are compared by, one group for each version of Node. */
export function renderWorkloadChart({ title, compare }: Workload, { runs, rounds }: Results): string {
  const { digits, better } = FIGURES[compare];
  const standings = standingsOf(runs);
  const groups = Map.groupBy(standings, ({ node }) => node);
  const bar = ({ peer, figures }: Standing): Bar => {
    const value = figures[compare] ?? null;
    return {
      label: PEERS[peer].name,
      value,
      text: value === null ? "failed" : value.median.toFixed(digits),
      isHighlighted: peer === "drover",
    };
  };
  const nodes = [...groups.keys()].filter((node) => node !== null);
  const where = nodes.length === 1 ? `, Node ${nodes[0]}` : "";
  return renderChart({
    title,
    subtitle: `${compare}, ${better} is better; medians of ${rounds} rounds${where}`,
    groups: [...groups].map(([node, members]) => ({
      heading: groups.size === 1 ? "" : node === null ? "other runtimes" : `Node ${node}`,
      bars: members.map(bar),
    })),
  });
}
