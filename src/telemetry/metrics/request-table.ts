import type { RequestSeries } from "../../protocol/metrics.ts";
import type { Histogram } from "./families.ts";
import { exactSum } from "./merge.ts";

/** One worker's requests by kind, as it told last. */
export class RequestTable {
  readonly #series = new Map<string, RequestSeries>();

  /** @param series those that have changed, each from the worker's start on */
  take(series: readonly RequestSeries[]): void {
    for (const one of series) this.#series.set(keyOf(one), one);
  }

  /** Adds another's for good. */
  addAll(other: RequestTable): void {
    for (const [key, one] of other.#series) this.#series.set(key, sum(this.#series.get(key), one));
  }

  /** OpenTelemetry's names, as Prometheus writes them. */
  histograms(): readonly Histogram[] {
    return [...this.#series.values()].map(({ method, status, route, counts, sum }) => {
      const template = route === null ? {} : { http_route: route };
      return { labels: { http_request_method: method, http_response_status_code: status, ...template }, counts, sum };
    });
  }
}

function keyOf({ method, status, route }: RequestSeries): string {
  return JSON.stringify([method, status, route]);
}

function sum(one: RequestSeries | undefined, other: RequestSeries): RequestSeries {
  if (!one) return { ...other, sum: exactSum([other.sum]) };
  return {
    ...other,
    counts: one.counts.map((count, index) => count + (other.counts[index] ?? 0)),
    sum: exactSum([one.sum, other.sum]),
  };
}
