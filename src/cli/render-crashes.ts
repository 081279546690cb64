import type { Poison } from "../crashes/poison.ts";
import type { Crash } from "../protocol/crash.ts";
import { count } from "../telemetry/words.ts";
import { showShare, showSpan } from "./figures.ts";
import { printable } from "./printable.ts";
import { alignRows } from "./table.ts";

const COLUMNS = ["ID", "LAST", "DEATHS", "SLOT", "REASON"];
const LONGEST_REASON = 120;

/**
 * What `drover crashes` prints: the route that kills, where one does, then the causes, the newest first.
 * @param now Milliseconds since the epoch.
 */
export function renderCrashes(name: string, crashes: readonly Crash[], poison: Poison | null, now: number): string {
  if (crashes.length === 0) return `${name}: no worker has crashed\n`;
  const deaths = crashes.reduce((sum, crash) => sum + crash.count, 0);
  const head = `${name}: ${count(crashes.length, "cause")} of ${count(deaths, "death")}\n`;
  const rows = crashes.map(({ id, lastAt, count: times, last }) => [
    id,
    `${showSpan(Math.max(0, now - lastAt))} ago`,
    String(times),
    String(last.slot),
    printable(last.text).slice(0, LONGEST_REASON),
  ]);
  return `${poison === null ? "" : `${accuse(poison, deaths)}\n\n`}${head}\n${alignRows([COLUMNS, ...rows])}`;
}

function accuse({ route, deaths, of, otherwise }: Poison, all: number): string {
  const which = of === all ? `${of} deaths` : `the ${of} deaths of which that is known`;
  const compared =
    otherwise === null ? "" : `; otherwise workers were answering it ${showShare(otherwise)} of the time`;
  return `${printable(route)} was being answered in ${deaths} of ${which}${compared}`;
}
