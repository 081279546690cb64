import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Connection, type Target } from "./client.ts";

/** How one request of somebody's was answered. */
export interface Visit {
  /** 0: not at all. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
  readonly ms: number;
  /** When it was sent and answered, on the clock of `performance.now()`. */
  readonly from: number;
  readonly to: number;
}

const PAUSE_MS = 10;

export interface RegularsOptions {
  readonly count: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether each keeps its connection. Default true. */
  readonly keepAlive?: boolean;
}

/** Clients that ask for the same again and again, until the test's end or `stop()`. */
class Regulars {
  readonly visits: Visit[] = [];
  readonly #clients: Promise<void>[];
  #isOver = false;

  constructor(target: Target, options: RegularsOptions) {
    this.#clients = Array.from({ length: options.count }, () => this.#come(target, options));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  async #come(target: Target, { path, headers = {}, keepAlive = true }: RegularsOptions): Promise<void> {
    let connection = new Connection(target);
    while (!this.#isOver) {
      if (connection.ended) connection = new Connection(target);
      const from = performance.now();
      const { response, ms } = await connection.request({ path, headers }, keepAlive);
      this.visits.push({
        status: response?.status ?? 0,
        retryAfter: response?.headers.get("retry-after"),
        body: response?.body.toString() ?? "",
        ms,
        from,
        to: performance.now(),
      });
      await delay(PAUSE_MS);
    }
    connection.close();
  }
}

export function startRegulars(t: TestContext, target: Target, options: RegularsOptions): Regulars {
  const regulars = new Regulars(target, options);
  t.after(() => regulars.stop());
  return regulars;
}

/** Milliseconds within which this share of them was answered. */
export function percentile(visits: readonly Visit[], share: number): number {
  const sorted = visits.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
}
