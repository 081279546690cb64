import type { Crash, Death, Moment, RequestsAtDeath } from "../protocol/crash.ts";
import { count } from "../telemetry/words.ts";
import { showBytes, showSpan } from "./figures.ts";
import { printable, printableLines } from "./printable.ts";
import { alignRows } from "./table.ts";

/** Of a minute's beats, so that a leak shows as a trend and the last seconds in full. */
const EVERY = 10;

/**
 * What `drover crashes ID` prints: the latest death of that cause.
 * @param now Milliseconds since the epoch.
 */
export function renderCrash({ id, count: times, firstAt, lastAt, last }: Crash, now: number): string {
  const when = (at: number): string => `${showSpan(Math.max(0, now - at))} ago (${new Date(at).toISOString()})`;
  const deaths = times === 1 ? `1, ${when(lastAt)}` : `${times}, the first ${when(firstAt)}, the last ${when(lastAt)}`;
  const { slot, pid, generation, uptimeMs, release, drover, node } = last;
  const facts = alignRows([
    ["  deaths", deaths],
    ["  worker", `slot ${slot}, pid ${pid}, generation ${generation}, up ${showSpan(uptimeMs)}`],
    ["  release", printable(release)],
    ["  versions", `Drover ${drover}, Node ${node}`],
  ]);
  const sections = [errorOf(last), hangOf(last), requestsOf(last), linesOf(last), historyOf(last), nodeOf(last, id)];
  return `${id}: ${printable(last.text)}\n${facts}${sections.filter((one) => one !== "").join("")}`;
}

function section(title: string, lines: readonly string[]): string {
  return `\n${title}\n${lines.map((line) => `  ${line}`.trimEnd()).join("\n")}\n`;
}

function errorOf({ error }: Death): string {
  if (error === null) return "";
  return section("The error", printableLines(error.stack || `${error.name}: ${error.message}`));
}

function hangOf({ stack, rssBytes, history }: Death): string {
  if (stack === null) return "";
  const before = history.at(-1)?.rssBytes ?? null;
  const memory = rssBytes
    ? `\nIts memory when it was killed: ${showBytes(rssBytes)}, at its last beat ${showBytes(before)}\n`
    : "";
  return section("Where it hung", printableLines(stack)) + memory;
}

function requestsOf({ requests }: Death): string {
  if (requests === null) return section("Requests in flight: not known, it had not yet said", []).trimEnd() + "\n";
  const title = `Requests in flight ${asOf(requests)}`;
  const later = requests.asOf === "end" ? "" : LATER;
  if (requests.count === 0) return `\n${title}: none\n${later}`;
  const rows = requests.named.map(({ method, path, ms }) => [
    `  ${printable(method)} ${printable(path)}`,
    showSpan(ms),
  ]);
  const more = requests.count - requests.named.length;
  const { culprit } = requests;
  const whose = culprit === null ? "" : `  It ended in the code of ${printable(`${culprit.method} ${culprit.path}`)}\n`;
  return `\n${title}\n${alignRows(rows)}${more > 0 ? `  and ${more} more\n` : ""}${whose}${later}`;
}

/** What a full heap or a hang is owed to has mostly come after the last beat. */
const LATER = "  What has come since is not known: the request that did it may be one of those\n";

function asOf({ asOf: source, agoMs }: RequestsAtDeath): string {
  const ago = `${showSpan(agoMs)} before its end`;
  if (source === "beat") return `at its last beat, ${ago}`;
  return `${agoMs < 1 ? "at its end" : ago}, by its own word`;
}

function linesOf({ lines }: Death): string {
  if (lines === null) return "\nIts last lines did not pass through Drover: look where its output goes\n";
  if (lines.length === 0) return "\nIt had written nothing\n";
  return section("Its last lines", lines.map(printable));
}

function historyOf({ history }: Death): string {
  if (history.length === 0) return "";
  const some = history.filter((_, index) => (history.length - 1 - index) % EVERY === 0);
  return `\nIts last minute (${count(history.length, "beat")})\n${alignRows([MOMENTS, ...some.map(cells)])}`;
}

const MOMENTS = ["  BEFORE", "MEMORY", "HEAP", "LAG", "IN FLIGHT"];

function cells({ agoMs, rssBytes, heapUsedBytes, eventLoopLagMs, inFlight }: Moment): readonly string[] {
  const lag = `${eventLoopLagMs.toFixed(1)} ms`;
  return [`  ${showSpan(agoMs)}`, showBytes(rssBytes), showBytes(heapUsedBytes), lag, String(inFlight)];
}

const NO_NODE_REPORT =
  "\nNode left no diagnostic report: the app has its own, workers run as another user, or the folder cannot be written\n";

interface NodeReport {
  readonly header?: { readonly event?: string };
  readonly javascriptHeap?: {
    readonly usedMemory?: number;
    readonly heapSizeLimit?: number;
    readonly memoryLimit?: number;
  };
  readonly javascriptStack?: { readonly stack?: readonly string[] };
}

function nodeOf({ nodeReport, reason }: Death, id: string): string {
  if (nodeReport === null) return reason === "heap-out-of-memory" ? NO_NODE_REPORT : "";
  const { header, javascriptHeap: heap, javascriptStack } = nodeReport as NodeReport;
  const limit = heap?.heapSizeLimit ?? heap?.memoryLimit ?? null;
  return section("Node's diagnostic report", [
    printable(header?.event ?? "a fatal error"),
    `heap: ${showBytes(heap?.usedMemory ?? null)} used, limit ${showBytes(limit)} (not all of it for old objects: --max-old-space-size is the limit of those alone)`,
    ...(javascriptStack?.stack ?? []).filter((line) => line !== "Unavailable.").map(printable),
    `all that is kept of it: drover crashes ${id} --json`,
  ]);
}
