import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ProcessName } from "./process-name.ts";

/** The worker that is to start the successor of a dead primary. */
export interface Elected extends ProcessName {
  readonly slot: number;
}

const SUFFIX = ".lock";

/**
 * Who was elected in the place of a dead primary: files beside its record, one for each election, so that none is ever removed while somebody may be
 * elected. The last one holds.
 */
export function lastElected(
  record: string,
  dead: ProcessName,
): { readonly round: number; readonly elected: Elected | null } {
  const round = roundsOf(record, dead).toSorted((a, b) => b - a)[0] ?? 0;
  return { round, elected: round === 0 ? null : read(pathOf(record, dead, round)) };
}

/** Answers whether this one is elected: one alone is, in each round. */
export function elect(record: string, dead: ProcessName, round: number, candidate: Elected): boolean {
  const beside = `${record}.${candidate.pid}`;
  try {
    writeFileSync(beside, JSON.stringify(candidate), { mode: 0o600 });
    // Unlike a file that is opened and then written, a link is there as a whole, or not at all.
    linkSync(beside, pathOf(record, dead, round));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(beside, { force: true });
  }
}

/** A successor is there: nobody is elected any more. */
export function forgetElections(record: string): void {
  const prefix = `${basename(record)}.`;
  for (const file of readdirSync(dirname(record))) {
    if (file.startsWith(prefix) && file.endsWith(SUFFIX)) rmSync(join(dirname(record), file), { force: true });
  }
}

function roundsOf(record: string, dead: ProcessName): readonly number[] {
  const prefix = basename(prefixOf(record, dead));
  const files = readdirSync(dirname(record)).filter((file) => file.startsWith(prefix) && file.endsWith(SUFFIX));
  return files.map((file) => Number(file.slice(prefix.length, -SUFFIX.length))).filter(Number.isSafeInteger);
}

function pathOf(record: string, dead: ProcessName, round: number): string {
  return `${prefixOf(record, dead)}${round}${SUFFIX}`;
}

function prefixOf(record: string, { pid, start }: ProcessName): string {
  return `${record}.${pid}-${start.replaceAll(/\W/g, "-")}.`;
}

function read(path: string): Elected | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Elected;
  } catch {
    return null;
  }
}
