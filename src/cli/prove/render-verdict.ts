import { CAUSES, type Cause, type Course } from "../../prove/account.ts";
import type { Plan } from "../../prove/plan.ts";
import type { Judged, Verdict } from "../../prove/verdict.ts";
import type { Paint } from "../../telemetry/pretty.ts";
import { count } from "../../telemetry/words.ts";
import { showSpan } from "../figures.ts";
import { alignRows } from "../table.ts";
import { drawTimeline } from "./timeline.ts";

const WIDEST = 100;
const INDENT = 10;

export interface Shown {
  readonly course: Course;
  readonly verdict: Verdict;
  readonly plan: Plan;
  /** Where it was asked. */
  readonly address: string;
}

/** What `drover prove` prints, in lines of at most `columns`. */
export function renderVerdict({ course, verdict, plan, address }: Shown, columns: number, paint: Paint): string {
  const { rate, connections, path } = plan;
  const head = `GET ${path} of ${address}: ${rate} a second, up to ${connections} connections, half of them kept, ${showSpan(verdict.ms)}\n`;
  return [
    head,
    picture(course, Math.min(columns, WIDEST) - INDENT, paint),
    figures(verdict, paint),
    deeds(verdict),
    sentence(verdict, paint),
  ].join("\n");
}

function picture(course: Course, width: number, paint: Paint): string {
  const { deeds, answered, lost } = drawTimeline(course, width);
  const painted = lost
    .replaceAll(/✗+/g, (cells) => paint("red", cells))
    .replaceAll(/c+/g, (cells) => paint("yellow", cells));
  const length = showSpan(course.end - course.start);
  return alignRows([
    ["", deeds],
    ["answered", paint("green", answered)],
    ["lost", painted],
    ["", `0 s${length.padStart(width - 3)}`],
  ]);
}

const MEANINGS: Readonly<Record<Cause, string>> = {
  refused: "nobody listened",
  reset: "the connection ended before the answer",
  truncated: "the connection ended within the answer",
  hung: "no whole answer within 10 s",
  failed: "answered 5xx, which the app had not before",
  garbled: "what came is no HTTP",
};

function figures(verdict: Verdict, paint: Paint): string {
  const { sent, answered, unusual, lost, cutByKills, abandoned } = verdict;
  const statuses = Object.entries(answered).map(
    ([status, times]) => `${status}: ${times}${unusual.includes(status) ? " (not seen before)" : ""}`,
  );
  const total = Object.values(answered).reduce((sum, times) => sum + times, 0);
  const all = CAUSES.reduce((sum, cause) => sum + lost[cause], 0);
  const killed = verdict.deeds.some(({ type }) => type === "kill");
  const rows = [
    ["sent", String(sent), ""],
    ["answered", String(total), statuses.join(", ")],
    ...(killed
      ? [["cut", String(cutByKills), "were under way on a worker that was killed: no server can answer those"]]
      : []),
    ["lost", all === 0 ? "0" : paint("red", String(all)), ""],
    ...CAUSES.filter((cause) => lost[cause] > 0).map((cause) => [`  ${cause}`, String(lost[cause]), MEANINGS[cause]]),
    ...(abandoned === 0 ? [] : [["left", String(abandoned), "were under way at the end, and not waited for"]]),
  ];
  return alignRows(rows);
}

function deeds({ deeds, lostInCalm }: Verdict): string {
  const numbers = { reload: 0, kill: 0 };
  const rows = deeds.map((deed) => {
    numbers[deed.type] += 1;
    return [`${deed.type} ${numbers[deed.type]}`, ...cells(deed), `${deed.lost} lost`];
  });
  if (lostInCalm > 0) rows.push(["at no fault", "", "", `${lostInCalm} lost`]);
  return alignRows(rows);
}

function cells(deed: Judged): readonly [what: string, cut: string] {
  if (deed.type === "reload") return [deed.error === null ? `took ${showSpan(deed.ms)}` : "failed", ""];
  const again = deed.recoveredMs === null ? "not ready again" : `ready again after ${showSpan(deed.recoveredMs)}`;
  return [`slot ${deed.slot}, pid ${deed.pid}: ${again}`, `${deed.cut} cut`];
}

function sentence({ passed, lost, deeds, cutShort }: Verdict, paint: Paint): string {
  const all = CAUSES.reduce((sum, cause) => sum + lost[cause], 0);
  const loss = `${all === 0 ? "no request was lost" : `${count(all, "request")} lost`}${done(deeds)}`;
  if (passed) return paint("green", `proved: ${loss}\n`);
  return paint("red", `not proved: ${loss}${cutShort === null ? "" : `; ended early: ${cutShort}`}\n`);
}

/** ` by 3 reloads and 1 kill`. */
function done(deeds: readonly Judged[]): string {
  const parts = (["reload", "kill"] as const).flatMap((type) => {
    const number = deeds.filter((deed) => deed.type === type).length;
    return number === 0 ? [] : [count(number, type)];
  });
  return parts.length === 0 ? "" : ` by ${parts.join(" and ")}`;
}
