import type { RouteAtDeath, Trace } from "../protocol/crash.ts";

/** A route that kills workers, as far as figures can tell. */
export interface Poison {
  readonly route: string;
  /** It was being answered in so many deaths */
  readonly deaths: number;
  /** of so many. */
  readonly of: number;
  /** The share of all looks at workers that found it under way, 0..1; null: nobody had looked. */
  readonly otherwise: number | null;
}

/** Fewer may be chance, whatever they have in common. */
const FEWEST = 3;
/** How likely chance may be to have done it. */
const CHANCE = 0.01;
/** A route that killed last month may be mended. Milliseconds before the latest death. */
const RECENT = 7 * 86_400_000;

/**
 * The one route that was under way in most of these deaths, and in so many more than its share of the workers' time explains: one that is simply always
 * being answered is also being answered whenever something else kills a worker. Null: there is none.
 */
export function findPoison(traces: readonly Trace[]): Poison | null {
  const latest = Math.max(...traces.map(({ at }) => at));
  const deaths = traces.flatMap(({ at, routes }) => (routes !== null && latest - at <= RECENT ? [routes] : []));
  const byRoute = Map.groupBy(deaths.flat(), ({ route }) => route);
  const suspects = [...byRoute].filter(([, found]) => found.length >= FEWEST && found.length * 2 > deaths.length);
  const guilty = suspects.flatMap(([route, found]) => {
    const chance = atLeast(found.length, deaths.length, shareOf(found));
    // Of several that nobody has looked for, each may be the one that is merely always there.
    if (suspects.length > 1 && sum(found).looks === 0) return [];
    // Who asks of several whether one stands out finds one more easily.
    return chance * suspects.length <= CHANCE ? [{ route, found, chance }] : [];
  });
  const [worst] = guilty.toSorted((a, b) => b.found.length - a.found.length || a.chance - b.chance);
  if (!worst) return null;
  const { looks, seen } = sum(worst.found);
  return {
    route: worst.route,
    deaths: worst.found.length,
    of: deaths.length,
    otherwise: looks === 0 ? null : seen / looks,
  };
}

function sum(found: readonly RouteAtDeath[]): { readonly looks: number; readonly seen: number } {
  return {
    looks: found.reduce((total, { looks }) => total + looks, 0),
    seen: found.reduce((total, { seen }) => total + seen, 0),
  };
}

/** What is to be expected of the next look: a half where nobody has looked yet. */
function shareOf(found: readonly RouteAtDeath[]): number {
  const { looks, seen } = sum(found);
  return (seen + 1) / (looks + 2);
}

/** How likely so many of so many are, or more, when each has this chance. */
function atLeast(hits: number, of: number, chance: number): number {
  let all = 0;
  for (let count = hits; count <= of; count += 1)
    all += choose(of, count) * chance ** count * (1 - chance) ** (of - count);
  return all;
}

function choose(of: number, count: number): number {
  let ways = 1;
  for (let at = 1; at <= count; at += 1) ways *= (of - count + at) / at;
  return ways;
}
