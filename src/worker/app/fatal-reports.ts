import { join } from "node:path";

type Report = typeof process.report;
type Method = (...args: readonly unknown[]) => unknown;

/**
 * Has Node write its diagnostic report when V8 ends the process, which nothing else can tell about. Set here and not by flags, which the app's own child
 * processes would get too. The app sees nothing of it: its own settings hold while it reads, sets or calls anything of `process.report`, so what it writes is
 * named, lies and says what it would without us. Once it has Node write reports by itself, ours are over.
 */
export function reportFatalErrors(folder: string | null): void {
  const { report } = process;
  if (folder === null || isTaken(report)) return;
  const node: Report = Object.defineProperties({} as Report, Object.getOwnPropertyDescriptors(report));
  const asTheApps = lending(node, join(folder, `${process.pid}.json`));
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(node))) {
    const parts = Object.entries(descriptor).map(([part, is]) => [part, typeof is === "function" ? asTheApps(is) : is]);
    Object.defineProperty(report, key, Object.fromEntries(parts) as PropertyDescriptor);
  }
}

/** Sets reports up for us, and answers what lends Node's settings to the app for the time of a call. */
function lending(node: Report, filename: string): (method: Method) => Method {
  const ours = {
    directory: "",
    filename,
    compact: true,
    excludeEnv: true,
    // Else Node asks the DNS for the name of every client.
    excludeNetwork: true,
    reportOnFatalError: true,
  };
  const settings = (): object => Object.fromEntries(Object.keys(ours).map((key) => [key, node[key as keyof Report]]));
  let theirs = settings();
  let isLent = false;
  Object.assign(node, ours);
  return (method) =>
    (...args) => {
      if (isLent) return method.apply(node, [...args]);
      isLent = true;
      Object.assign(node, theirs);
      try {
        return method.apply(node, [...args]);
      } finally {
        theirs = settings();
        isLent = isTaken(node);
        if (!isLent) Object.assign(node, ours);
      }
    };
}

function isTaken({ reportOnFatalError, reportOnSignal, reportOnUncaughtException }: Report): boolean {
  return reportOnFatalError || reportOnSignal || reportOnUncaughtException;
}
