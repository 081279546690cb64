import type { Course, Deed } from "../../prove/account.ts";
import { fatesOf } from "../../prove/verdict.ts";
import { sparkLine } from "../spark-line.ts";

/** One cell for each slice of time. All three have the same length. */
export interface Timeline {
  /** What was done, where it began and how long it took: `R1─────R2────  K1──`. */
  readonly deeds: string;
  /** How many requests were answered, from ` ` to `█`, which is the slice with the most. */
  readonly answered: string;
  /** `✗`: some were lost. `c`: some were cut with a killed worker, none lost. */
  readonly lost: string;
}

/** @param width Cells. */
export function drawTimeline(course: Course, width: number): Timeline {
  const { start, end, deeds, ended } = course;
  const cellOf = (at: number): number =>
    Math.min(width - 1, Math.max(0, Math.floor(((at - start) / (end - start)) * width)));
  const answered = Array.from({ length: width }, () => 0);
  const lost = Array.from({ length: width }, () => "·");
  const fates = fatesOf(course);
  for (const [index, fate] of fates.entries()) {
    const { sentAt = start, endedAt = start } = ended[index] ?? {};
    const cell = cellOf(fate.type === "answered" ? endedAt : sentAt);
    if (fate.type === "answered") answered[cell] = (answered[cell] ?? 0) + 1;
    else if (fate.type === "lost") lost[cell] = "✗";
    else if (lost[cell] === "·") lost[cell] = "c";
  }
  return { deeds: drawDeeds(deeds, cellOf, width), answered: sparkLine(answered), lost: lost.join("") };
}

/** A deed's line goes as far as it took; the name of the next one is written over it where both are in one cell. */
function drawDeeds(deeds: readonly Deed[], cellOf: (at: number) => number, width: number): string {
  const numbers = { reload: 0, kill: 0 };
  return deeds.reduce((row, { type, at, until }) => {
    numbers[type] += 1;
    const name = `${type === "reload" ? "R" : "K"}${numbers[type]}`;
    const [first, last] = [cellOf(at), until === null ? width - 1 : cellOf(until)];
    const line = name.padEnd(last - first + 1, "─");
    return (row.slice(0, first) + line + row.slice(first + line.length)).slice(0, width);
  }, " ".repeat(width));
}
