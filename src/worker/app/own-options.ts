/**
 * A process that the app forks is started with our own options of Node unless it says otherwise. Those that Drover has added are for a worker, of which there are
 * several: a job that the app runs beside it is not to be kept as small.
 */
export function hideOptions(own: readonly string[]): void {
  process.execArgv = process.execArgv.filter((option) => !own.includes(option));
}
