import { readFileSync } from "node:fs";
import type { Family } from "../../protocol/metrics.ts";
import { answer } from "../../telemetry/health.ts";
import { family, histogram } from "../../telemetry/metrics/families.ts";
import { VERSION } from "../../version.ts";
import { healthFacts } from "../host/health-facts.ts";
import { DRAIN_BOUNDS, type CountBy } from "../operation/counts.ts";
import { brief } from "../operation/snapshot.ts";
import type { Primary } from "../primary.ts";
import { throttling } from "./throttling.ts";

/** Certificates that are shown by name. */
const MOST_CERTIFICATES = 100;

/** What only the primary knows. */
export function supervisorFamilies(primary: Primary): readonly Family[] {
  const { counts, supervisor, generations, troubles } = primary;
  const { generation, size } = supervisor.fleet;
  const { name } = generations.get(generation).resolved.config;
  const isReady = answer("GET", "/readyz", healthFacts(primary)).status === 200;
  const info = { app: name, version: VERSION, node: process.versions.node };
  return [
    family("gauge", "drover_build_info", "1; what runs is in the labels.", [[info, 1]]),
    family("gauge", "drover_ready", "Whether /readyz says yes: 1 or 0.", [[{}, Number(isReady)]]),
    family("gauge", "drover_generation", "The generation that every slot is to run.", [[{}, generation]]),
    family("gauge", "drover_workers_wanted", "Workers there are to be.", [[{}, size]]),
    workersByState(primary),
    byWord("drover_worker_restarts_total", "Workers that died and were not meant to.", "reason", counts.restarts),
    byWord("drover_worker_recycles_total", "Healthy workers that were replaced.", "reason", counts.recycles),
    byWord("drover_reloads_total", "Reloads and restarts by command.", "outcome", counts.reloads),
    byWord("drover_drains_total", "Workers that were told to leave and are gone.", "outcome", counts.drains),
    family("counter", "drover_drain_cut_total", "Requests and connections that were cut at the end of a drain.", [
      [{}, counts.cut],
    ]),
    histogram("drover_drain_seconds", "From the order to leave to the end of the worker, in seconds.", DRAIN_BOUNDS, [
      { labels: {}, ...counts.drainTimes },
    ]),
    family("gauge", "drover_stores_degraded", "Stores that cannot do their work.", [[{}, troubles.all().length]]),
    certificates(primary),
    ...throttling((file) => readFileSync(file, "utf8")),
  ];
}

function workersByState(primary: Primary): Family {
  const workers = brief(primary);
  const rows = (["starting", "ready", "draining"] as const).map((state) => {
    return [{ state }, workers.filter((worker) => worker.state === state).length] as const;
  });
  return family("gauge", "drover_workers", "Workers that live.", rows);
}

function byWord<Word extends string>(name: string, help: string, label: string, counts: CountBy<Word>): Family {
  const rows = counts.all().map(([word, count]) => [{ [label]: word }, count] as const);
  return family("counter", name, help, rows);
}

function certificates({ tls, supervisor }: Primary): Family {
  const inUse = tls.status(supervisor.fleet.generation).slice(0, MOST_CERTIFICATES);
  const rows = inUse.map(({ names, keyType, notAfter }) => {
    return [{ name: names[0] ?? "", key_type: keyType }, notAfter / 1000] as const;
  });
  const help = "When the certificate ends, in seconds since the epoch, by its first name.";
  // Where two are alike, the one that ends first.
  const byKind = Map.groupBy(rows, ([labels]) => JSON.stringify(labels));
  const first = [...byKind.values()].flatMap((alike) =>
    alike.toSorted(([, one], [, other]) => one - other).slice(0, 1),
  );
  return family("gauge", "drover_tls_certificate_expiry_timestamp_seconds", help, first);
}
