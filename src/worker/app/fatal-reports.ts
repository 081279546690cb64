/**
 * Has Node write its diagnostic report when V8 ends the process, which nothing else can tell about. Set here and not by flags, which the app's own child
 * processes would get too. Who has set reports up for the app keeps what they have.
 */
export function reportFatalErrors(folder: string | null): void {
  const { report } = process;
  const isTaken = report.reportOnFatalError || report.reportOnSignal || report.reportOnUncaughtException;
  if (folder === null || isTaken || report.directory !== "" || report.filename !== "") return;
  report.directory = folder;
  report.filename = `${process.pid}.json`;
  report.compact = true;
  report.excludeEnv = true;
  Object.assign(report, { excludeNetwork: true });
  report.reportOnFatalError = true;
}
