import type { Family, Sample } from "../../protocol/metrics.ts";

type Labels = Readonly<Record<string, string>>;
/** A counter or gauge of Drover's own. Rows whose value is not known are left out. */
export function family(
  type: "counter" | "gauge",
  name: string,
  help: string,
  rows: readonly (readonly [labels: Labels, value: number | null | undefined])[],
): Family {
  const samples = rows.flatMap(([labels, value]): Sample[] =>
    value === null || value === undefined ? [] : [{ name, labels: Object.entries(labels), value }],
  );
  return { name, help, type, aggregate: "sum", samples };
}

export interface Histogram {
  readonly labels: Labels;
  /** One for each bound, not summed up, and one for all above. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** @param bounds the upper ones, in ascending order */
export function histogram(
  name: string,
  help: string,
  bounds: readonly number[],
  histograms: readonly Histogram[],
): Family {
  return {
    name,
    help,
    type: "histogram",
    aggregate: "sum",
    samples: histograms.flatMap((one) => samplesOf(name, bounds, one)),
  };
}

function samplesOf(name: string, bounds: readonly number[], { labels, counts, sum }: Histogram): Sample[] {
  const pairs = Object.entries(labels);
  let count = 0;
  const buckets = counts.map((more, index): Sample => {
    count += more;
    const bound = bounds[index];
    const le = bound === undefined ? "+Inf" : String(bound);
    return { name: `${name}_bucket`, labels: [...pairs, ["le", le]], value: count };
  });
  return [
    ...buckets,
    { name: `${name}_sum`, labels: pairs, value: sum },
    { name: `${name}_count`, labels: pairs, value: count },
  ];
}
