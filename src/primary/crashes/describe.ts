import type { Death, Moment, RequestsAtDeath } from "../../protocol/crash.ts";
import { NAMED_CUTS, type ErrorReport, type LastWords, type UnderWay } from "../../protocol/ipc.ts";
import { VERSION } from "../../version.ts";
import type { Member } from "../workers/crew.ts";
import type { Reading } from "../workers/pulse.ts";

/** A report is to be read, and an app may say anything: characters. */
const LONGEST_MESSAGE = 2_000;
const LONGEST_STACK = 10_000;
const LONGEST_PATH = 200;
const LONGEST_METHOD = 20;

/** What Node says when a worker that hangs is examined. */
const OF_THE_INSPECTOR =
  /^(?:Debugger (?:listening|ending) on ws:|Debugger attached\.$|For help, see: https:\/\/nodejs\.org\/.*debugging)/;

/** What a worker was answering, and when, on the primary's clock. */
export interface LastRequests extends LastWords {
  readonly asOf: RequestsAtDeath["asOf"];
  readonly at: number;
  readonly count: number;
}

/** By its own word at the end, else by its last beat. Null: it has never said. */
export function lastRequests(
  { hang, atEnd, pulse: { last } }: Member,
  isAbrupt: boolean,
  now: number,
): LastRequests | null {
  if (hang?.unknown === null) return { ...hang, asOf: "end", at: now, count: hang.underWay.length };
  if (atEnd && !isAbrupt) return { ...atEnd, asOf: "end", count: atEnd.underWay.length };
  if (!last) return null;
  const { at, underWay, figures } = last;
  return { asOf: "beat", at, underWay, culprit: null, count: Math.max(figures.inFlight, underWay.length) };
}

/** The whole report. `now` is on the primary's clock, `facts.at` on the wall's. */
export function describeDeath(
  member: Member,
  requests: LastRequests | null,
  facts: Pick<Death, "at" | "reason" | "text" | "code" | "signal" | "nodeReport">,
  now: number,
): Death {
  const { handle, launch, forkedAt, error, hang, lines, pulse } = member;
  const { slot, pid, generation } = handle;
  return {
    ...facts,
    slot,
    pid,
    generation,
    release: launch.boot.entry,
    drover: VERSION,
    node: process.versions.node,
    uptimeMs: Math.round(now - forkedAt),
    error: error && bounded(error),
    stack: hang === null ? null : (hang.stack || (hang.unknown ?? "")).slice(0, LONGEST_STACK),
    rssBytes: hang?.rssBytes ?? null,
    requests: requests && {
      asOf: requests.asOf,
      agoMs: Math.round(now - requests.at),
      named: requests.underWay.slice(0, NAMED_CUTS).map(plain),
      culprit: requests.culprit && plain(requests.culprit),
      count: requests.count,
    },
    lines: lines?.all().filter((line) => !OF_THE_INSPECTOR.test(line)) ?? null,
    history: pulse.beats.map((beat) => momentOf(beat, now)),
  };
}

function bounded({ name, message, stack, code, hint }: ErrorReport): ErrorReport {
  return {
    name: name.slice(0, LONGEST_MESSAGE),
    message: message.slice(0, LONGEST_MESSAGE),
    stack: stack.slice(0, LONGEST_STACK),
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The app in the worker may send what only looks like a message of ours. */
function plain({ method, path, ms }: UnderWay): UnderWay {
  const [withoutQuery = ""] = path.split("?", 1);
  return { method: method.slice(0, LONGEST_METHOD), path: withoutQuery.slice(0, LONGEST_PATH), ms };
}

function momentOf({ at, figures }: Reading, now: number): Moment {
  const { rssBytes, heapUsedBytes, eventLoopLagMs, inFlight } = figures;
  return { agoMs: Math.round(now - at), rssBytes, heapUsedBytes, eventLoopLagMs, inFlight };
}
