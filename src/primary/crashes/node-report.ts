import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

type Report = Readonly<Record<string, unknown>>;

/** Bytes. */
const LARGEST = 4_000_000;
const FRAMES = 20;

/** Takes what Node wrote at that process's fatal error, and removes the file. Null: it wrote nothing. */
export function takeNodeReport(folder: string | null, pid: number): Report | null {
  if (folder === null) return null;
  const path = join(folder, `${pid}.json`);
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    const report = stats.size > LARGEST ? {} : (JSON.parse(readFileSync(path, "utf8")) as Report);
    rmSync(path, { force: true });
    return excerpt(report);
  } catch {
    return null;
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
    javascriptStack: { message, stack: Array.isArray(stack) ? stack.slice(0, FRAMES) : [] },
    nativeStack: Array.isArray(native) ? native.slice(0, FRAMES).map((frame) => pick(frame as Report, ["symbol"])) : [],
    ...pick(report, PARTS),
  };
}

function pick(from: Report, keys: readonly string[]): Report {
  return Object.fromEntries(keys.flatMap((key) => (key in from ? [[key, from[key]]] : [])));
}
