import type { UnderWay } from "../../protocol/ipc.ts";
import type { Log } from "../../telemetry/log.ts";
import { count, duration } from "../../telemetry/words.ts";
import { hasGrownMuch } from "../hang/memory.ts";
import type { Hang, Member } from "../workers/crew.ts";

/** Says which worker's event loop stands still, and in which line. */
export class HangNarrator {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  slow({ handle: { slot, pid } }: Member, ms: number): void {
    const text = `worker ${slot}, pid ${pid}, has been busy for over ${duration(ms)} without a pause: its clients wait`;
    this.#log.warn("worker-busy", { slot, pid, ms: Math.round(ms) }, text);
  }

  answered({ handle: { slot, pid } }: Member, ms: number): void {
    const text = `worker ${slot}, pid ${pid}, answers again: it was busy for over ${duration(ms)} without a pause`;
    this.#log.info("worker-answers", { slot, pid, ms: Math.round(ms) }, text);
  }

  excused({ handle: { slot, pid } }: Member): void {
    const text = `worker ${slot}, pid ${pid}, has its inspector open: it may stand still without being killed`;
    this.#log.info("worker-inspected", { slot, pid }, text);
  }

  hung({ handle: { slot, pid }, pulse: { last } }: Member, hang: Hang): void {
    const { ms, rssBytes, stack, where, unknown, culprit, underWay } = hang;
    const place = where === null ? "" : ` at ${where}`;
    const request = culprit === null ? beside(underWay) : `, in ${show(culprit)}`;
    const why = unknown === null ? "" : ` (${unknown})`;
    const memory = grown(last?.figures.rssBytes ?? null, rssBytes);
    const text = `worker ${slot}, pid ${pid}, hangs${place}${request}: busy for over ${duration(ms)} without a pause${memory}, so it is killed${why}`;
    const error = stack === "" ? {} : { error: { name: "Hang", message: `hangs${place}`, stack } };
    this.#log.error(
      "worker-hung",
      { slot, pid, ms: Math.round(ms), rssBytes, where, unknown, culprit, underWay, ...error },
      text,
    );
  }
}

function grown(before: number | null, now: number | null): string {
  if (before === null || now === null || !hasGrownMuch(before, now)) return "";
  return ` while its memory grew from ${megabytes(before)} to ${megabytes(now)}`;
}

/** As `drover crashes` shows them. */
function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}

/** Any of them may be the one that hangs. */
function beside([first, ...others]: readonly UnderWay[]): string {
  if (!first) return "";
  return `, with ${show(first)}${others.length > 0 ? ` and ${count(others.length, "other request")}` : ""} under way`;
}

function show({ method, path }: UnderWay): string {
  return `${method} ${path}`;
}
