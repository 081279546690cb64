import type { Aggregate, Family, Sample } from "../../protocol/metrics.ts";

const AGGREGATES: Readonly<Record<Exclude<Aggregate, "omit">, (values: readonly number[]) => number>> = {
  sum: total,
  first: ([first = NaN]) => first,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  average: (values) => total(values) / values.length,
};

/**
 * What several workers say, as one. Families of one name become one; who says something else of its type than the first is not heard. Counters and histograms are
 * summed up, gauges as the app has said. The quantiles of summaries are left out: those of several processes cannot be known from theirs.
 */
export function merge(words: readonly (readonly Family[])[]): readonly Family[] {
  const byName = Map.groupBy(words.flat(), ({ name }) => name);
  return [...byName.values()].flatMap(([first, ...others]) => {
    if (!first || (first.type === "gauge" && first.aggregate === "omit")) return [];
    return [mergeOne(first, [first, ...others.filter(({ type }) => type === first.type)])];
  });
}

/** What must not fall when a worker leaves. */
export function countersOf(families: readonly Family[]): readonly Family[] {
  return families.filter(({ type }) => type === "counter" || type === "histogram" || type === "summary");
}

function mergeOne(first: Family, families: readonly Family[]): Family {
  const sumUp = first.type === "gauge" && first.aggregate !== "omit" ? AGGREGATES[first.aggregate] : exactSum;
  const samples = families.flatMap(({ samples }) => samples).filter((sample) => isMergeable(first, sample));
  const byKind = Map.groupBy(samples, ({ name, labels }) => keyOf(name, labels));
  return {
    ...first,
    samples: [...byKind.values()].flatMap((alike) => {
      const [one] = alike;
      return one ? [{ ...one, value: sumUp(alike.map(({ value }) => Number(value))) }] : [];
    }),
  };
}

function isMergeable({ name, type }: Family, sample: Sample): boolean {
  return type !== "summary" || sample.name !== name;
}

/** Labels in another order are the same. */
export function keyOf(name: string, labels: Sample["labels"]): string {
  return JSON.stringify([name, ...labels.toSorted(([one], [other]) => (one < other ? -1 : 1))]);
}

/**
 * The same in whatever order: else a counter would fall by the last of its digits when a worker leaves, which Prometheus takes for a start from zero. For that
 * each number is cut to a fineness, about 1e-6, at which sums up to 8e9 are exact; those of whole numbers are up to 9e15.
 */
export function exactSum(values: readonly number[]): number {
  return total(values.map((value) => Math.round(value * FINENESS) / FINENESS));
}

const FINENESS = 2 ** 20;

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
