import type { ToPrimary } from "../../protocol/ipc.ts";
import type { AppMetrics, Family, RequestSeries } from "../../protocol/metrics.ts";
import { family } from "../../telemetry/metrics/families.ts";
import { merge } from "../../telemetry/metrics/merge.ts";
import { render } from "../../telemetry/metrics/render.ts";
import type { Primary } from "../primary.ts";
import type { Member } from "../workers/crew.ts";
import { FigureDesk } from "../workers/figures.ts";
import type { WorkerHandle } from "../workers/worker-handle.ts";
import { OwnFigures } from "./own-figures.ts";
import { processGauges, type ProcessWord } from "./process-families.ts";
import { supervisorFamilies } from "./supervisor-families.ts";
import { WordBook } from "./word-book.ts";

type Scraped = Extract<ToPrimary, { type: "scraped" }>;

/** Answers scrapes of /metrics: asks all workers, and adds up what they and those before them have counted. */
export class MetricsDesk {
  readonly #primary: Primary;
  readonly #questions: FigureDesk<Scraped>;
  readonly #own = new OwnFigures();
  readonly #book = new WordBook();

  constructor(primary: Primary) {
    this.#primary = primary;
    this.#questions = new FigureDesk(primary.world.clock, "scrape");
  }

  requests(worker: WorkerHandle, series: readonly RequestSeries[]): void {
    this.#book.requests(worker, series);
  }

  scraped(worker: WorkerHandle, answer: Scraped): void {
    const { figures, process, app } = answer;
    this.#book.scraped(worker, { at: this.#primary.world.clock.now(), figures, process }, app);
    this.#questions.answered(answer.seq, answer);
  }

  gone(id: number): void {
    this.#book.gone(id);
  }

  /** In Prometheus' text format. A worker that does not answer soon is shown as it was at its last beat. */
  async scrape(): Promise<string> {
    const asked = this.#primary.crew.all().filter(({ readyAt }) => readyAt !== null);
    const questions = asked.map(({ handle }) => this.#questions.ask(handle));
    const [own, ...answers] = await Promise.all([this.#own.take(), ...questions]);
    const silent = answers.filter((answer) => answer === null).length;
    const words = asked.map((member, index) => this.#wordOf(member, answers[index] ?? null));
    const ours = [
      ...supervisorFamilies(this.#primary),
      family("gauge", "drover_workers_silent", "Workers that did not answer this scrape in time.", [[{}, silent]]),
      ...this.#book.cpu(own.process.cpuSeconds),
      ...merge([own, ...words].map(processGauges)),
      this.#book.durations(),
    ];
    return render([...ours, ...besides(ours, this.#book.app(), this.#book.cut)]);
  }

  /** Of one that does not answer: as it was last heard of, and late by its silence. */
  #wordOf({ handle, pulse }: Member, answer: Scraped | null): ProcessWord {
    const worker = String(handle.slot);
    if (answer) return { worker, figures: answer.figures, traffic: answer.figures, process: answer.process };
    const answered = this.#book.lastOf(handle.id);
    const last = pulse.last ?? answered;
    if (!last) return { worker, figures: null, traffic: null, process: null };
    const silence = this.#primary.world.clock.now() - last.at;
    const figures = { ...last.figures, eventLoopLagMs: Math.max(last.figures.eventLoopLagMs, silence) };
    return { worker, figures, traffic: figures, process: answered?.process ?? null };
  }
}

/** What the app says. Names of ours are ours. */
function besides(ours: readonly Family[], { families, leftOut }: AppMetrics, cut: number): readonly Family[] {
  const taken = new Set(ours.map(({ name }) => name));
  const theirs = families.filter(({ name }) => !taken.has(name) && name !== LEFT_OUT);
  const help =
    "Metrics of the app's that are not here in full: names of Drover's, too many samples, or too many of workers that are gone.";
  const rows = [
    [{ reason: "name" }, families.length - theirs.length],
    [{ reason: "samples" }, leftOut],
    [{ reason: "gone" }, cut],
  ] as const;
  return [family("gauge", LEFT_OUT, help, rows), ...theirs];
}

const LEFT_OUT = "drover_app_metrics_left_out";
