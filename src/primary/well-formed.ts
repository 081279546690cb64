import type { ToPrimary } from "../protocol/ipc.ts";
import { isSight } from "../protocol/notes.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What is looked into beyond its first level. Anything else is compared, counted or shown as it is. */
const DEEP: Readonly<Record<string, (fields: Fields) => boolean>> = {
  listen: ({ seq, address }) => typeof seq === "number" && isAddress(address),
  "boot-failed": ({ error }) => isError(error),
  leaving: ({ error, ...said }) => (error === undefined || isError(error)) && areLastWords({ underWay: [], ...said }),
  exiting: areLastWords,
  loaded: ({ files }) => Array.isArray(files) && files.every((file) => typeof file === "string"),
  noticed: ({ sights }) => Array.isArray(sights) && sights.every(isSight),
  store: ({ store, degraded }) => typeof store === "string" && (degraded === null || typeof degraded === "string"),
  "tls-applied": ({ serial, error }) => typeof serial === "number" && (error === null || typeof error === "string"),
  beat: ({ figures, underWay }) => areFigures(figures) && areUnderWay(underWay),
  figures: ({ seq, ...figures }) => Number.isFinite(seq) && areFigures(figures),
  requests: ({ series }) => Array.isArray(series) && series.every(isSeries),
  scraped: ({ figures, process, app }) =>
    areFigures(figures) && areProcessFigures(process) && (app === null || isAppMetrics(app)),
  drained: ({ cut, cutCount }) => Array.isArray(cut) && cut.every(isCut) && Number.isFinite(cutCount),
};

/** Whether a message that bears our mark is one. */
export function isWellFormed(message: ToPrimary): boolean {
  return DEEP[message.type]?.(message as unknown as Fields) ?? true;
}

function isError(value: unknown): boolean {
  return isObject(value) && ["name", "message", "stack"].every((key) => typeof value[key] === "string");
}

function areLastWords({ underWay, culprit = null }: Fields): boolean {
  return areUnderWay(underWay) && (culprit === null || isUnderWay(culprit));
}

const FIGURES = ["rssBytes", "heapUsedBytes", "elu", "eventLoopLagMs", "connections", "inFlight", "requests"] as const;
const PROCESS_FIGURES = ["cpuSeconds", "heapTotalBytes", "externalBytes", "startTime"] as const;

function areFigures(value: unknown): boolean {
  if (!isObject(value) || !FIGURES.every((key) => Number.isFinite(value[key]))) return false;
  const { durations } = value;
  return Array.isArray(durations) && durations.every(Number.isFinite);
}

function areProcessFigures(value: unknown): boolean {
  if (!isObject(value) || !PROCESS_FIGURES.every((key) => Number.isFinite(value[key]))) return false;
  return value["openFds"] === null || Number.isFinite(value["openFds"]);
}

function isCut(value: unknown): boolean {
  return isObject(value) && typeof value["what"] === "string" && Number.isFinite(value["ms"]);
}

function areUnderWay(value: unknown): boolean {
  return Array.isArray(value) && value.every(isUnderWay);
}

function isUnderWay(value: unknown): boolean {
  if (!isObject(value) || !Number.isFinite(value["ms"])) return false;
  return typeof value["method"] === "string" && typeof value["path"] === "string";
}

function isAddress(value: unknown): boolean {
  if (!isObject(value) || !isOwn(value["own"])) return false;
  return value["kind"] === "unix" ? typeof value["path"] === "string" : typeof value["port"] === "number";
}

function isOwn(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return isObject(value) && typeof value["slot"] === "number" && typeof value["of"] === "string";
}

function isSeries(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { method, status, route, counts, sum } = value;
  const isNamed =
    typeof method === "string" && typeof status === "string" && (route === null || typeof route === "string");
  return (
    isNamed && typeof sum === "number" && Array.isArray(counts) && counts.every((count) => typeof count === "number")
  );
}

function isAppMetrics(value: unknown): boolean {
  if (!isObject(value) || typeof value["leftOut"] !== "number") return false;
  const { families } = value;
  return Array.isArray(families) && families.every((family) => isObject(family) && Array.isArray(family["samples"]));
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
