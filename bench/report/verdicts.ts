import { PEERS, type PeerId } from "../peers/peers.ts";
import { FIGURES, type FigureId } from "../workloads/figures.ts";
import type { Goal, Workload } from "../workloads/workload.ts";
import { bestOf, type Spread, type Standing } from "./standing.ts";

/** A goal of Drover's, on one version of Node, and what was measured. */
export interface Verdict {
  /** `≤ 0.95 × pm2 -i`, `lost ≤ 0`. */
  readonly goal: string;
  /** `24`, or `best of 22, 24`. */
  readonly node: string;
  /** The ratio or the figure; `null`: somebody's figure is missing. */
  readonly measured: number | null;
  readonly isMet: boolean;
}

const DROVER: PeerId = "drover";

const majorOf = (node: string | null): number => Number(node?.split(".", 1)[0]);

function holds({ atMost = Infinity, atLeast = -Infinity }: Goal, measured: number): boolean {
  return measured <= atMost && measured >= atLeast;
}

/** A ratio; of nothing to nothing it is 1. */
function ratio(value: number, other: number): number {
  return value === other ? 1 : value / other;
}

function worstOf(spread: Spread | undefined, figure: FigureId): number | undefined {
  return FIGURES[figure].better === "less" ? spread?.highest : spread?.lowest;
}

function judge(goal: Goal, figure: FigureId, drover: Standing | undefined, rival: Standing | undefined): number | null {
  const spread = drover?.figures[figure];
  const own = goal.always ? worstOf(spread, figure) : spread?.median;
  if (own === undefined || goal.of === undefined) return own ?? null;
  const other = rival?.figures[figure]?.median;
  return other === undefined ? null : ratio(own, other);
}

function wordsOf({ of, atMost, atLeast, always }: Goal, figure: FigureId, compare: FigureId): string {
  const bound = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  const what = figure === compare && of !== undefined ? "" : `${figure} `;
  return `${what}${bound}${of === undefined ? "" : ` × ${PEERS[of].name}`}${always ? " in each round" : ""}`;
}

/** Goal by goal, and for each version of Node that was measured; a peer that runs no Node meets Drover on the Node that suits it best. */
export function verdictsOf(workload: Pick<Workload, "goals" | "compare">, standings: readonly Standing[]): Verdict[] {
  const drovers = standings.filter(({ peer }) => peer === DROVER);
  return workload.goals.flatMap((goal): Verdict[] => {
    const figure = goal.figure ?? workload.compare;
    const words = wordsOf(goal, figure, workload.compare);
    const verdict = (node: string, drover: Standing | undefined, rival: Standing | undefined): Verdict => {
      const measured = judge(goal, figure, drover, rival);
      return { goal: words, node, measured, isMet: measured !== null && holds(goal, measured) };
    };
    const rivals = standings.filter(({ peer }) => peer === goal.of);
    const foreign = rivals.find(({ node }) => node === null);
    if (foreign) {
      const tried = drovers.map(({ node }) => majorOf(node)).join(", ");
      const best = bestOf(drovers, figure, FIGURES[figure].better);
      return [verdict(drovers.length > 1 ? `best of ${tried}` : tried, best, foreign)];
    }
    return drovers
      .filter(({ node }) => goal.nodes?.includes(majorOf(node)) ?? true)
      .map((drover) =>
        verdict(
          String(majorOf(drover.node)),
          drover,
          rivals.find(({ node }) => node === drover.node),
        ),
      );
  });
}
