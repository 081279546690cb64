import type { PeerId } from "../peers/peers.ts";
import { median } from "../statistics.ts";
import type { Result } from "../take-turns.ts";
import type { FigureId } from "../workloads/figures.ts";
import type { Run } from "../workloads/workload.ts";
import type { Contestant } from "./results.ts";

/** A figure over the rounds. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** In how many runs it was taken. */
  readonly count: number;
}

/** What came of a contestant in all rounds. */
export interface Standing extends Contestant {
  /** Runs that did not fail. */
  readonly runs: number;
  readonly figures: Partial<Record<FigureId, Spread>>;
  /** Why the others did. */
  readonly failures: readonly string[];
}

function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), lowest: Math.min(...values), highest: Math.max(...values), count: values.length };
}

function figuresOf(runs: readonly Run[]): Partial<Record<FigureId, Spread>> {
  const names = new Set(runs.flatMap((run) => Object.keys(run) as FigureId[]));
  const taken = (name: FigureId): number[] => runs.map((run) => run[name]).filter((value) => value !== undefined);
  return Object.fromEntries([...names].map((name) => [name, spreadOf(taken(name))]));
}

const major = (node: string | null): number => Number(node?.split(".", 1)[0] ?? 0);

/** One for each contestant: by version of Node, and then in the order in which they ran, which is that of the peers. */
export function standingsOf(results: readonly Result<Contestant, Run>[]): Standing[] {
  const groups = Map.groupBy(results, ({ peer, node }) => `${peer} ${node}`);
  const standings = [...groups.values()].flatMap((group): Standing[] => {
    const [first] = group;
    if (!first) return [];
    const runs = group.map(({ run }) => run).filter((run) => run !== undefined);
    const failures = group.map(({ failure }) => failure).filter((failure) => failure !== undefined);
    return [{ peer: first.peer, node: first.node, runs: runs.length, figures: figuresOf(runs), failures }];
  });
  // Who runs no Node comes last.
  return standings.toSorted(
    (a, b) => Number(a.node === null) - Number(b.node === null) || major(a.node) - major(b.node),
  );
}

/** Who has the best median of a figure. */
export function bestOf(
  standings: readonly Standing[],
  figure: FigureId,
  better: "less" | "more",
): Standing | undefined {
  const sign = better === "less" ? 1 : -1;
  const of = ({ figures }: Standing): number => figures[figure]?.median ?? Number.NaN;
  return standings.filter((one) => !Number.isNaN(of(one))).toSorted((a, b) => sign * (of(a) - of(b)))[0];
}

/** Whom a contestant is held against: the peer on the same Node; for one that runs no Node, the peer on the Node that suits it best. */
export function rivalOf(
  { node }: Contestant,
  peer: PeerId,
  standings: readonly Standing[],
  figure: FigureId,
  better: "less" | "more",
): Standing | undefined {
  const candidates = standings.filter((one) => one.peer === peer);
  return node === null ? bestOf(candidates, figure, better) : candidates.find((one) => one.node === node);
}
