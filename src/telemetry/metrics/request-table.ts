import { OTHER_METHOD, OTHER_ROUTE, type RequestSeries } from "../../protocol/metrics.ts";
import type { Histogram } from "./families.ts";
import { exactSum } from "./merge.ts";

/** The kinds that are told apart over all workers, those that are gone included: the first `most` of them, each for good. */
export class Kinds {
  readonly #most: number;
  readonly #known = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether it is one of them; it becomes one if there is room. */
  admits(key: string): boolean {
    if (this.#known.has(key)) return true;
    if (this.#known.size >= this.#most) return false;
    this.#known.add(key);
    return true;
  }
}

/** Requests by kind: of one worker, as it told last, or the sum of several. */
export class RequestTable {
  readonly #series = new Map<string, RequestSeries>();

  /** @param series those that have changed, each from the worker's start on */
  take(series: readonly RequestSeries[]): void {
    for (const one of series) this.#series.set(keyOf(one), one);
  }

  /** Adds another's for good. Kinds that are not told apart are one for each class of status. */
  addAll(other: RequestTable, kinds: Kinds): void {
    for (const [key, one] of other.#series) {
      if (kinds.admits(key)) this.#add(key, one);
      else this.#add(keyOf(beyond(one)), beyond(one));
    }
  }

  /** OpenTelemetry's names, as Prometheus writes them. */
  histograms(): readonly Histogram[] {
    return [...this.#series.values()].map(({ method, status, route, counts, sum }) => {
      const template = route === null ? {} : { http_route: route };
      return { labels: { http_request_method: method, http_response_status_code: status, ...template }, counts, sum };
    });
  }

  #add(key: string, one: RequestSeries): void {
    this.#series.set(key, sum(this.#series.get(key), one));
  }
}

function beyond(one: RequestSeries): RequestSeries {
  return { ...one, method: OTHER_METHOD, status: `${one.status.slice(0, 1)}xx`, route: OTHER_ROUTE };
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
