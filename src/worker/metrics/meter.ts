import { readdir } from "node:fs/promises";
import type { ProcessFigures } from "../../protocol/metrics.ts";
import { requestOf } from "../../server/request-of-stream.ts";
import type { Channel } from "../channel.ts";
import { FigureTaker } from "../traffic/figures.ts";
import type { Traffic } from "../traffic/traffic.ts";
import { takeAppMetrics } from "./app-metrics.ts";
import { RequestCounts } from "./request-counts.ts";
import { watchRoutes } from "./routes.ts";

/** Milliseconds. What a worker that is killed did since it last told is counted nowhere. */
const INTERVAL = 1_000;

/** No question has it. */
const NOBODY = 0;

/** The worker's side of /metrics: counts requests by kind from now on, and says so before they can be lost. */
export class Meter {
  readonly #counts = new RequestCounts();
  readonly #channel: Pick<Channel, "send">;
  readonly #figures: FigureTaker;
  #isSent = true;

  constructor(traffic: Traffic, channel: Pick<Channel, "send">) {
    this.#channel = channel;
    this.#figures = new FigureTaker(traffic);
    const routeOf = watchRoutes();
    traffic.onFinish((response, ms) => {
      const { req } = response;
      this.#counts.add(req.method ?? "", response.statusCode, routeOf(req), ms);
    });
    traffic.onStreamFinish((stream, headers, ms) => {
      // A stream that ends without an answer has sent no headers, whatever its type says.
      const status = (stream.sentHeaders as typeof stream.sentHeaders | undefined)?.[":status"];
      if (status === undefined) return;
      const request = requestOf(stream);
      const route = request && routeOf(request);
      this.#counts.add(headers[":method"] ?? "", Number(status), route, ms);
    });
    // What keeps the worker alive is its work, not this.
    setInterval(() => this.#isSent && this.#tell(), INTERVAL).unref();
    process.on("exit", () => this.#tell());
  }

  async answer(seq: number): Promise<void> {
    const [figures, more, app] = await Promise.all([this.#figures.take(), processFigures(), takeAppMetrics()]);
    this.#tell();
    this.#channel.send({ type: "scraped", seq, figures, process: more, app });
  }

  /** Before the end: nobody has asked. Resolves when it is on its way. */
  async lastWord(): Promise<void> {
    const [more, app] = await Promise.all([processFigures(), takeAppMetrics()]);
    this.#tell();
    this.#channel.send({ type: "scraped", seq: NOBODY, figures: this.#figures.now(0), process: more, app });
  }

  #tell(): void {
    const series = this.#counts.takeChanged();
    if (series.length === 0) return;
    this.#isSent = false;
    this.#channel.send({ type: "requests", series }, () => (this.#isSent = true));
  }
}

async function processFigures(): Promise<ProcessFigures> {
  const { heapTotal, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    heapTotalBytes: heapTotal,
    externalBytes: external,
    openFds: await openFds(),
    startTime: performance.timeOrigin / 1000,
  };
}

/** Null: not under Linux. */
async function openFds(): Promise<number | null> {
  // Of which one is that of the folder itself.
  return readdir("/proc/self/fd").then(
    (names) => names.length - 1,
    () => null,
  );
}
