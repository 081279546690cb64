import type { Ledger } from "../../protocol/control.ts";
import type { DrainReport } from "../../protocol/ipc.ts";
import { count, duration } from "../../telemetry/words.ts";

/** What the workers that leave for one reason did for their clients. */
export class Tally {
  readonly #closeCode: Ledger["closeCode"];
  readonly #startedAt: number;
  #workers = 0;
  #finished = 0;
  #cut = 0;
  #webSockets = 0;
  #eventStreams = 0;

  constructor(closeCode: Ledger["closeCode"], startedAt: number) {
    this.#closeCode = closeCode;
    this.#startedAt = startedAt;
  }

  /** A worker has left. Null: it could not say what became of its requests. */
  add(report: DrainReport | null): void {
    this.#workers += 1;
    this.#finished += report?.finished ?? 0;
    this.#cut += report?.cutCount ?? 0;
    this.#webSockets += report?.webSockets ?? 0;
    this.#eventStreams += report?.eventStreams ?? 0;
  }

  close(now: number): Ledger {
    return {
      workers: this.#workers,
      ms: Math.round(now - this.#startedAt),
      finished: this.#finished,
      cut: this.#cut,
      webSockets: this.#webSockets,
      closeCode: this.#closeCode,
      eventStreams: this.#eventStreams,
    };
  }
}

/** `2 workers, 1.9 s, 812 requests finished, 0 cut, 3 WebSockets told 1012`. */
export function showLedger(ledger: Ledger): string {
  return `${count(ledger.workers, "worker")}, ${showWork(ledger)}`;
}

/** The same of a single worker: `1.9 s, 812 requests finished, 0 cut, 3 WebSockets told 1012`. */
export function showWork({ ms, finished, cut, webSockets, closeCode, eventStreams }: Ledger): string {
  const parts = [duration(ms), `${count(finished, "request")} finished`, `${cut} cut`];
  if (webSockets > 0) parts.push(`${count(webSockets, "WebSocket")} told ${closeCode}`);
  if (eventStreams > 0) parts.push(`${count(eventStreams, "event stream")} ended`);
  return parts.join(", ");
}
