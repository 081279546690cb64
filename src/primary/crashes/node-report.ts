import { closeSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

type Report = Readonly<Record<string, unknown>>;

/** Bytes. */
const LARGEST = 4_000_000;
const FRAMES = 20;

/** A report begins with these. Bytes. */
const HEAD = 4_096;

/**
 * Takes what Node wrote at that process's fatal error, and removes the file. Null: it wrote nothing. What else is there was written by the app, or by another
 * process that had this pid.
 * @param since when the process was started; milliseconds since the epoch
 */
export function takeNodeReport(folder: string | null, pid: number, since: number): Report | null {
  if (folder === null) return null;
  const path = join(folder, `${pid}.json`);
  try {
    const fatal = fatalOf(path);
    if (fatal === null || fatal.at < since) return null;
    const isLarge = statSync(path).size > LARGEST;
    const report = isLarge ? { header: fatal } : (JSON.parse(readFileSync(path, "utf8")) as Report);
    rmSync(path, { force: true });
    return excerpt(report);
  } catch {
    return null;
  }
}

/** Removes what nobody has taken, since the primary died as well. Younger ones are for one that lives. @param before milliseconds since the epoch */
export function removeStaleReports(folder: string, before: number): void {
  for (const file of readdirSync(folder).filter((name) => OURS.test(name))) {
    const path = join(folder, file);
    const fatal = fatalOf(path);
    if (fatal && fatal.at < before) rmSync(path, { force: true });
  }
}

const OURS = /^\d+\.json$/;

/** Null: there is none, or the app has asked for it. @throws an error of the disk */
function fatalOf(path: string): { readonly trigger: string; readonly at: number } | null {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return null;
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(HEAD);
    const head = bytes.toString("utf8", 0, readSync(file, bytes));
    const [, trigger] = /"trigger":\s*"(FatalError|OOMError)"/.exec(head) ?? [];
    const [, at] = /"dumpEventTimeStamp":\s*"(\d+)"/.exec(head) ?? [];
    return trigger === undefined || at === undefined ? null : { trigger, at: Number(at) };
  } finally {
    closeSync(file);
  }
}

/** Whether V8 could not get more memory. */
export function tellsOfFullHeap(report: Report | null, lines: readonly string[] | null): boolean {
  const { trigger = "", event = "" } = (report?.["header"] ?? {}) as Report;
  return trigger === "OOMError" || HEAP.test(String(event)) || (lines ?? []).some((line) => FATAL.test(line));
}

const HEAP = /heap out of memory/i;
const FATAL = /^FATAL ERROR: .*heap out of memory/i;

/** No environment, command line, machine or network: what is left says what V8 was doing. */
const HEADER = ["event", "trigger", "dumpEventTime", "nodejsVersion", "arch", "platform", "osRelease"] as const;
const PARTS = ["javascriptHeap", "resourceUsage", "uvthreadResourceUsage", "userLimits"] as const;

export function excerpt(report: Report): Report {
  const header = pick((report["header"] ?? {}) as Report, HEADER);
  const { message, stack } = (report["javascriptStack"] ?? {}) as Report;
  const native = report["nativeStack"];
  return {
    header,
    javascriptStack: { message, stack: Array.isArray(stack) ? stack.slice(0, FRAMES).map(String) : [] },
    nativeStack: Array.isArray(native) ? native.slice(0, FRAMES).map((frame) => pick(frame as Report, ["symbol"])) : [],
    ...pick(report, PARTS),
  };
}

function pick(from: Report, keys: readonly string[]): Report {
  return Object.fromEntries(keys.flatMap((key) => (key in from ? [[key, from[key]]] : [])));
}
