import type { Family, Sample } from "../../protocol/metrics.ts";
import { keyOf } from "./merge.ts";

export interface Retained {
  readonly families: readonly Family[];
  /** Families that had to give something up. */
  readonly cut: number;
}

/** One metric's samples of one set of labels: all buckets of a histogram. They are kept or given up as one. */
interface Series {
  readonly key: string;
  readonly samples: readonly Sample[];
  /** How many samples of its family come before it. */
  readonly rank: number;
}

/**
 * Of families whose samples are in the order of who told last: `most` samples. Each family has the same room, and what one leaves of it the others share: one
 * with a label that is another one in each process gives up what was told longest ago, and takes nothing from the others. A series that is `told` besides stays
 * even so: without what is kept of it, it would be shown as less than before.
 */
export function retain(families: readonly Family[], told: readonly Family[], most: number): Retained {
  const filled = families.filter(({ samples }) => samples.length > 0);
  if (filled.reduce((size, { samples }) => size + samples.length, 0) <= most) return { families: filled, cut: 0 };
  const givenUp = beyond(filled, new Set(told.flatMap((family) => seriesOf(family).map(({ key }) => key))), most);
  const kept = filled.map((family) => {
    return { ...family, samples: family.samples.filter((sample) => !givenUp.has(seriesKey(family, sample))) };
  });
  return {
    families: kept.filter(({ samples }) => samples.length > 0),
    cut: kept.filter(({ samples }, index) => samples.length !== filled[index]?.samples.length).length,
  };
}

function beyond(families: readonly Family[], stays: ReadonlySet<string>, most: number): ReadonlySet<string> {
  const givenUp = new Set<string>();
  let room = most;
  for (const { key, samples } of families.flatMap(seriesOf).toSorted((one, other) => one.rank - other.rank)) {
    if (samples.length > room && !stays.has(key)) givenUp.add(key);
    else room -= samples.length;
  }
  return givenUp;
}

function seriesOf(family: Family): readonly Series[] {
  let rank = 0;
  return [...Map.groupBy(family.samples, (sample) => seriesKey(family, sample))].map(([key, samples]) => {
    const series = { key, samples, rank };
    rank += samples.length;
    return series;
  });
}

function seriesKey({ name, type }: Family, { labels }: Sample): string {
  return keyOf(name, type === "histogram" ? labels.filter(([label]) => label !== "le") : labels);
}
