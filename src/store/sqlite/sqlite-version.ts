import { AppError } from "../../errors.ts";

type Version = readonly [major: number, minor: number, patch: number];

/** Two connections that write and checkpoint at once can lose commits or damage the file: https://sqlite.org/wal.html#the_wal_reset_bug */
const FIRST_BAD: Version = [3, 7, 0];
const FIRST_GOOD: Version = [3, 51, 3];
/** Lines of releases that got the mending later. */
const MENDED_LINES: readonly Version[] = [
  [3, 44, 6],
  [3, 50, 7],
];

/**
 * Whether several processes must not share a file through this SQLite. The library's own answer counts, not `process.versions`: a distribution's Node brings the system's.
 * @param written As `sqlite_version()` says it: `3.53.4`
 */
export function losesCommits(written: string): boolean {
  const version = written.split(".").map(Number) as unknown as Version;
  if (compare(version, FIRST_BAD) < 0 || compare(version, FIRST_GOOD) >= 0) return false;
  return !MENDED_LINES.some((line) => line[1] === version[1] && compare(version, line) >= 0);
}

export function refusal(sqlite: string, node: string): AppError {
  return new AppError(
    "STORE_UNSUPPORTED",
    `the embedded store expected a SQLite of 3.51.3 or newer, got ${sqlite} (Node ${node}), which can lose what several processes write`,
    "Use Node 22.22.3, 24.15 or newer, or keep the sessions in Redis: DROVER_STORE=redis://…",
  );
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
