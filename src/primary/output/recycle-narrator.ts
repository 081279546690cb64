import type { RecycleReason } from "../../policy/fleet.ts";
import type { Ledger } from "../../protocol/control.ts";
import type { Log } from "../../telemetry/log.ts";
import { duration } from "../../telemetry/words.ts";
import { showWork } from "../operation/ledger.ts";
import type { Member } from "../workers/crew.ts";

/** What was seen of a worker that is to be recycled. */
export interface Cause {
  readonly reason: RecycleReason;
  /** In words: `memory 612 MB of 512 MB in 5 samples`. */
  readonly why: string;
}

const HOUR = 3_600_000;

/** Says which workers are recycled, why, and how that ended for their clients. */
export class RecycleNarrator {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  started({ handle: { slot, pid } }: Member, { reason, why }: Cause): void {
    const text = `worker ${slot}, pid ${pid}, is recycled (${why}): its replacement starts, it serves meanwhile`;
    this.#log.info("recycle-started", { slot, pid, reason, why }, text);
  }

  delayed({ handle: { slot, pid } }: Member, ms: number): void {
    const text = `worker ${slot}, pid ${pid}, serves on: its replacement did not get ready, the next one starts in ${duration(ms)}`;
    this.#log.warn("recycle-delayed", { slot, pid, delayMs: Math.round(ms) }, text);
  }

  done({ handle: { slot, pid } }: Member, { reason, why }: Cause, ledger: Ledger): void {
    const { workers: _, ...facts } = ledger;
    const text = `recycled worker ${slot}, pid ${pid} (${why}): ${showWork(ledger)}`;
    this.#log.info("recycled", { slot, pid, reason, why, ...facts }, text);
  }

  /** @param limit,rss Bytes. */
  tooLarge({ handle: { slot, pid } }: Member, rss: number, limit: number): void {
    const text =
      `worker ${slot}, pid ${pid}, takes ${megabytes(rss)} right after its start, and recycle.memory is ${megabytes(limit)}: ` +
      "recycling cannot help; raise recycle.memory";
    this.#log.warn("recycle-memory-low", { slot, pid, rssBytes: rss, limit }, text);
  }
}

export function whyMemory(rss: number, limit: number, samples: number): string {
  return `memory ${megabytes(rss)} of ${megabytes(limit)} in ${samples} samples`;
}

export function whyRequests(requests: number): string {
  return `${requests.toLocaleString("en")} requests`;
}

export function whyLifetime(ms: number): string {
  return ms < HOUR ? `${duration(ms)} old` : `${(ms / HOUR).toFixed(1)} h old`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
