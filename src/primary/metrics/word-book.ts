import { DURATION_BOUNDS } from "../../protocol/durations.ts";
import type { Figures } from "../../protocol/ipc.ts";
import type { AppMetrics, Family, ProcessFigures, RequestSeries } from "../../protocol/metrics.ts";
import { histogram } from "../../telemetry/metrics/families.ts";
import { countersOf, merge } from "../../telemetry/metrics/merge.ts";
import { Kinds, RequestTable } from "../../telemetry/metrics/request-table.ts";
import { retain } from "../../telemetry/metrics/retain.ts";
import { cpuSeconds } from "./process-families.ts";

/** Who says it. */
interface Speaker {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
}

/** An answer to a scrape. */
export interface Answered {
  /** On the primary's clock. */
  readonly at: number;
  readonly figures: Figures;
  readonly process: ProcessFigures;
}

interface Word extends Speaker {
  readonly requests: RequestTable;
  last: Answered | null;
  app: AppMetrics | null;
}

/** What is another one in each process, such as a label with its pid, must not fill the memory. */
export interface Limits {
  /** Samples of the app's that are kept of workers that are gone. */
  readonly samples: number;
  /** Kinds of requests that are told apart over all workers. */
  readonly kinds: number;
}

const LIMITS: Limits = { samples: 20_000, kinds: 2_000 };

/** The last word of each worker. What those that are gone have counted is kept as one sum: no counter falls when a worker leaves. */
export class WordBook {
  readonly #words = new Map<number, Word>();
  readonly #goneRequests = new RequestTable();
  #goneCpu: readonly Family[] = [];
  #goneApp: readonly Family[] = [];
  #cut = 0;
  readonly #kinds: Kinds;
  readonly #mostSamples: number;

  constructor({ samples, kinds } = LIMITS) {
    this.#kinds = new Kinds(kinds);
    this.#mostSamples = samples;
  }

  requests(speaker: Speaker, series: readonly RequestSeries[]): void {
    this.#wordOf(speaker).requests.take(series);
  }

  /** @param app null: it has none, or did not answer in time; its last word stands */
  scraped(speaker: Speaker, answer: Answered, app: AppMetrics | null): void {
    const word = this.#wordOf(speaker);
    word.last = answer;
    word.app = app ?? word.app;
  }

  /** It will say no more. */
  gone(id: number): void {
    const word = this.#words.get(id);
    if (!word) return;
    this.#words.delete(id);
    this.#goneRequests.addAll(word.requests, this.#kinds);
    this.#goneCpu = merge([this.#goneCpu, cpuOf(word)]);
    // The one that leaves first: what was told longest ago comes last.
    const app = merge([countersOf(word.app?.families ?? []), this.#goneApp]);
    const told = this.#inOrder().flatMap(({ app }) => app?.families ?? []);
    const { families, cut } = retain(app, told, this.#mostSamples);
    this.#goneApp = families;
    this.#cut = Math.max(this.#cut, cut);
  }

  /** Null: a worker has not answered yet. */
  lastOf(id: number): Answered | null {
    return this.#words.get(id)?.last ?? null;
  }

  durations(): Family {
    const sum = new RequestTable();
    sum.addAll(this.#goneRequests, this.#kinds);
    for (const { requests } of this.#words.values()) sum.addAll(requests, this.#kinds);
    const help = "Duration of HTTP server requests in seconds, from the head of the request to the end of the answer.";
    return histogram("http_server_request_duration_seconds", help, DURATION_BOUNDS, sum.histograms());
  }

  /** @param primary the seconds of the primary itself */
  cpu(primary: number): readonly Family[] {
    return merge([[cpuSeconds("primary", primary)], ...this.#inOrder().map(cpuOf), this.#goneCpu]);
  }

  /** What the app's own registries say, over all workers. */
  app(): AppMetrics {
    const apps = this.#inOrder().map(({ app }) => app);
    const families = merge([...apps.map((app) => app?.families ?? []), this.#goneApp]);
    return { families, leftOut: Math.max(0, ...apps.map((app) => app?.leftOut ?? 0)) };
  }

  /** The app's metrics of which something that only workers that are gone had told is no longer kept. */
  get cut(): number {
    return this.#cut;
  }

  /** The newest generation first: what it says of a metric's type and meaning holds. */
  #inOrder(): readonly Word[] {
    return [...this.#words.values()].toSorted((a, b) => b.generation - a.generation || a.slot - b.slot);
  }

  #wordOf({ id, slot, generation }: Speaker): Word {
    const known = this.#words.get(id);
    if (known) return known;
    const word = { id, slot, generation, requests: new RequestTable(), last: null, app: null };
    this.#words.set(id, word);
    return word;
  }
}

function cpuOf({ slot, last }: Word): readonly Family[] {
  return last ? [cpuSeconds(String(slot), last.process.cpuSeconds)] : [];
}
