import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import type { Aggregate, AppMetrics, Family, FamilyType, Sample } from "../../protocol/metrics.ts";

/** What prom-client and its successor export, as far as it is used. */
interface Client {
  readonly register?: { readonly getMetricsAsJSON: () => Promise<readonly Metric[]> };
}

interface Metric {
  readonly name: string;
  readonly help?: string;
  readonly type?: string;
  readonly aggregator?: string;
  readonly values?: readonly {
    readonly metricName?: string;
    readonly labels?: Readonly<Record<string, unknown>>;
    readonly value: number;
  }[];
}

const CLIENT = /[\\/]node_modules[\\/](?:prom-client|@prometheus-io[\\/]client)[\\/]index\.js$/;

/** Beyond, whole families are left out: all of it is to be read and summed up by one process. */
const MOST_SAMPLES = 10_000;

/** For an app that gathers figures when it is asked. Shorter than the primary's patience. Milliseconds. */
const PATIENCE = 300;

const TYPES: readonly string[] = ["counter", "gauge", "histogram", "summary"] satisfies FamilyType[];
const AGGREGATES: readonly string[] = ["sum", "first", "min", "max", "average", "omit"] satisfies Aggregate[];

/** Asks the default registries of the metrics libraries the app has loaded, all copies of them. Null: it has none, or they do not answer in time. */
export async function takeAppMetrics(): Promise<AppMetrics | null> {
  const registers = loadedClients().flatMap(({ register }) => (register ? [register] : []));
  if (registers.length === 0) return null;
  const late = new AbortController();
  const asked = Promise.all(registers.map(async (register) => register.getMetricsAsJSON())).then((answers) =>
    asFamilies(answers.flat()),
  );
  const answer = await Promise.race([asked.catch(() => null), sleep(PATIENCE, null, { signal: late.signal })]);
  late.abort();
  return answer;
}

/** Without loading anything: what was imported is in the cache of `require`, too, since they are CommonJS. */
function loadedClients(): readonly Client[] {
  const { cache } = createRequire(import.meta.url);
  return Object.keys(cache)
    .filter((file) => CLIENT.test(file))
    .map((file) => cache[file]?.exports as Client);
}

/** Their format as ours, as long as there is room. */
export function asFamilies(metrics: readonly Metric[]): AppMetrics {
  const families: Family[] = [];
  let room = MOST_SAMPLES;
  for (const metric of metrics) {
    const samples = metric.values?.length ?? 0;
    if (samples <= room) families.push(familyOf(metric));
    if (samples <= room) room -= samples;
  }
  return { families, leftOut: metrics.length - families.length };
}

function familyOf({ name, help = "", type = "", aggregator = "sum", values = [] }: Metric): Family {
  return {
    name,
    help,
    type: TYPES.includes(type) ? (type as FamilyType) : "untyped",
    aggregate: AGGREGATES.includes(aggregator) ? (aggregator as Aggregate) : "sum",
    samples: values.map(({ metricName = name, labels = {}, value }): Sample => {
      const pairs = Object.entries(labels).filter(([, text]) => text !== undefined);
      return { name: metricName, labels: pairs.map(([key, text]) => [key, String(text)]), value: asJson(value) };
    }),
  };
}

function asJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
