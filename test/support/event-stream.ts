import type { TestContext } from "node:test";
import type { Target } from "./client.ts";
import { startExchange, type Exchange } from "./exchange.ts";
import { until } from "./wait.ts";

/** How an event stream ended. `clean`: by its last chunk. `left`: we went. Otherwise as in client.ts, or what was wrong with its events. */
export interface StreamEnd {
  readonly how: string;
  readonly pid: number;
  readonly events: number;
}

/** The fixture numbers its events from 0. Throws on one that is missing or torn. */
class EventReader {
  events = 0;
  /** What came of the next one. */
  rest = "";

  push(piece: Buffer): void {
    const parts = (this.rest + piece.toString()).split("\n\n");
    this.rest = parts.pop() ?? "";
    for (const event of parts) {
      const expected = `id: ${this.events}\ndata: event ${this.events}`;
      if (event !== expected) throw new Error(`expected event ${this.events}, got ${JSON.stringify(event)}`);
      this.events += 1;
    }
  }
}

/** Comes back at once, as an EventSource does sooner or later. */
class EventStream {
  readonly ends: StreamEnd[] = [];
  readonly #target: Target;
  readonly #loop: Promise<void>;
  #exchange: Exchange | undefined;
  #stopped = false;

  constructor(target: Target) {
    this.#target = target;
    this.#loop = this.#repeat();
  }

  /** Resolves when a stream of this release is open. */
  async hears(release: string): Promise<void> {
    await until(() => this.#exchange?.answer?.headers.get("x-release") === release, `events of release ${release}`);
  }

  async stop(): Promise<readonly StreamEnd[]> {
    this.#stopped = true;
    this.#exchange?.finish("closed");
    await this.#loop;
    return this.ends;
  }

  async #repeat(): Promise<void> {
    while (!this.#stopped) {
      const end = await this.#listen();
      this.ends.push(this.#stopped ? { ...end, how: "left" } : end);
    }
  }

  async #listen(): Promise<StreamEnd> {
    const reader = new EventReader();
    const headers = { accept: "text/event-stream" };
    const exchange = startExchange(this.#target, { path: "/events", headers, onBody: (piece) => reader.push(piece) });
    this.#exchange = exchange;
    const { outcome, error } = await exchange.ended;
    const of = { pid: Number(exchange.answer?.headers.get("x-pid") ?? 0), events: reader.events };
    if (outcome !== "ok") return { how: `${outcome} ${error ?? ""}`, ...of };
    return { how: reader.rest === "" ? "clean" : `ended inside an event: ${JSON.stringify(reader.rest)}`, ...of };
  }
}

/** It ends with the test. */
export function startEventStream(t: TestContext, target: Target): EventStream {
  const stream = new EventStream(target);
  t.after(() => stream.stop());
  return stream;
}
