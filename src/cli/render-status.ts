import type { CertificateStatus, DegradedStore, LastReload, Snapshot, WorkerStatus } from "../protocol/control.ts";
import type { LastCrash } from "../protocol/crash.ts";
import { count, plural } from "../telemetry/words.ts";
import { showLeft } from "../tls/expiry.ts";
import { showBytes, showCount, showShare, showSpan, sum, UNKNOWN } from "./figures.ts";
import { listensOn } from "./listens-on.ts";
import { printable } from "./printable.ts";
import { alignRows } from "./table.ts";

/**
 * What `drover status` prints.
 * @param now Milliseconds since the epoch.
 */
export function renderStatus(snapshot: Snapshot, now: number): string {
  const table = alignRows([COLUMNS, ...snapshot.workers.map(cells)]);
  return `${headline(snapshot)}${facts(snapshot, now)}\n${table}${snapshot.workers.map((worker) => lastExit(worker, now)).join("")}`;
}

function headline({ name, state, generation, workers, size, uptimeMs }: Snapshot): string {
  const ready = workers.filter((worker) => worker.state === "ready").length;
  return `${name}: ${state}, generation ${generation}, ${ready} of ${size} workers ready, up ${showSpan(uptimeMs)}\n`;
}

function facts(snapshot: Snapshot, now: number): string {
  const {
    entry,
    pid,
    drover,
    node,
    detached,
    logFile,
    admin,
    listeners,
    store,
    degraded,
    reload,
    lastReload,
    workers,
  } = snapshot;
  // A primary of an older version knows of none.
  const { certificates = [], lastCrash = null } = snapshot as Partial<Snapshot>;
  const where = detached ? "in the background" : "in the foreground";
  const rows: (readonly [title: string, text: string])[] = [
    ["entry", entry],
    ["primary", `pid ${pid}, ${where}, Drover ${drover}, Node ${node}`],
    ...listensOn(listeners).map((line, index) => [index === 0 ? "listens" : "", line] as const),
    ["store", store],
    ...degraded.map((one) => ["degraded", troubleOf(one)] as const),
    ...certificates.map((one) => ["certificate", certificateLine(one, now)] as const),
  ];
  // Nor of these.
  const recycles = sum(workers.map((worker) => (worker as Partial<WorkerStatus>).recycles ?? 0)) ?? 0;
  if (recycles > 0) rows.push(["recycled", count(recycles, "worker")]);
  if (admin !== null) rows.push(["health", admin]);
  if (logFile !== null) rows.push(["log", logFile]);
  if (reload !== null) {
    const { from, to, phase, ms } = reload;
    rows.push(["reload", `from generation ${from} to ${to}: ${phase}, ${showSpan(ms)} so far`]);
  }
  if (lastReload !== null) rows.push(...linesOf(lastReload, now));
  if (lastCrash !== null) rows.push(["last crash", crashLine(lastCrash, now)]);
  return alignRows(rows.map(([title, text]) => [`  ${title}`, text]));
}

function troubleOf({ store, reason, slots, ms }: DegradedStore): string {
  const workers = `${plural(slots.length, "worker")} ${slots.join(", ")}`;
  return `${store}: ${reason} (${workers}), for ${showSpan(ms)}: requests that need it are answered 503`;
}

function certificateLine({ names, issuer, notAfter, problem }: CertificateStatus, now: number): string {
  const end = notAfter <= now ? "expired" : `expires in ${showLeft(notAfter, now)}`;
  return `${names.join(", ")} (${issuer}), ${end}${problem === null ? "" : `: ${problem}`}`;
}

function crashLine({ id, at, slot, text }: LastCrash, now: number): string {
  return `${showSpan(now - at)} ago, slot ${slot}: ${printable(text)} (drover crashes ${id})`;
}

const OUTCOMES = { done: "done", "rolled-back": "rolled back", refused: "refused" } as const;

/** The error, in the app's own words, has lines of its own below. */
function linesOf({ outcome, at, text, error }: LastReload, now: number): (readonly [string, string])[] {
  const said = [`${OUTCOMES[outcome]} ${showSpan(now - at)} ago: ${text}`];
  if (error !== null) {
    const [first, ...more] = error.message.trimEnd().split("\n");
    said.push(...(first === text ? more : [first ?? "", ...more]), ...(error.hint?.split("\n") ?? []));
  }
  return said.map((line, index) => [index === 0 ? "last reload" : "", line]);
}

const COLUMNS = [
  "SLOT",
  "PID",
  "GENERATION",
  "STATE",
  "UPTIME",
  "RESTARTS",
  "MEMORY",
  "BUSY",
  "LAG",
  "OPEN",
  "IN FLIGHT",
  "REQUESTS",
];

function cells(worker: WorkerStatus): readonly string[] {
  const { slot, pid, generation, state, uptimeMs, restarts, rssBytes, elu, eventLoopLagMs } = worker;
  return [
    ...[slot, pid, generation].map(String),
    state,
    showSpan(uptimeMs),
    String(restarts),
    showBytes(rssBytes),
    showShare(elu),
    eventLoopLagMs === null ? UNKNOWN : `${eventLoopLagMs.toFixed(1)} ms`,
    ...[worker.connections, worker.inFlight, worker.requests].map(showCount),
  ];
}

function lastExit({ slot, lastExit: exit }: WorkerStatus, now: number): string {
  if (exit === null) return "";
  const { pid, at, reason, error } = exit;
  const said = error?.message.split("\n")[0] ?? "";
  const cause = error === null || reason.includes(said) ? "" : `: ${error.name}: ${said}`;
  return `slot ${slot} lost pid ${pid} ${showSpan(now - at)} ago: ${reason}${cause}\n`;
}
