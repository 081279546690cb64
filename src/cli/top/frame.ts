import type { WorkerStatus } from "../../protocol/control.ts";
import { printable } from "../printable.ts";
import { workerTable } from "./columns.ts";
import type { Event } from "./events.ts";
import { gaugesOf, type Poll } from "./gauges.ts";
import { headOf } from "./head.ts";
import { KEYS } from "./keys.ts";
import { clip, type Line } from "./line.ts";
import type { View } from "./view.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** So many events are shown where there is room, before workers are. */
const EVENTS = 3;

/**
 * The whole screen: at most `rows` lines of at most `columns` characters. The last one says what the keys do.
 * @param now Milliseconds since the epoch.
 */
export function frame(view: View, { columns, rows }: Size, now: number): readonly Line[] {
  const last = view.polls.at(-1);
  const body = Math.max(0, rows - 2);
  const lines =
    last === undefined
      ? []
      : view.mode === "logs"
        ? logLines(view, last, body)
        : mainLines(view, last, columns, body, now);
  const shown = lines.slice(0, body);
  const filled = [...shown, ...Array.from({ length: body - shown.length }, (): Line => [])];
  return [...filled, saidLine(view), keysLine(view)].slice(-rows).map((line) => clip(harmless(line), columns));
}

function mainLines(view: View, { snapshot }: Poll, columns: number, rows: number, now: number): readonly Line[] {
  const head = [...headOf(view.polls, snapshot, now), []];
  const workers = snapshot.workers.toSorted((a, b) => a.slot - b.slot || a.generation - b.generation);
  const room = Math.max(1, rows - head.length - 1 - (view.events.length === 0 ? 0 : EVENTS + 1));
  const hidden = workers.length <= room ? 0 : workers.length - room + 1;
  const shown = workers.slice(0, workers.length - hidden);
  const table = workerTable(shown, ({ pid }: WorkerStatus) => gaugesOf(view.polls, pid), columns);
  const more: readonly Line[] = hidden === 0 ? [] : [[{ format: "gray", text: `and ${hidden} more workers` }]];
  const above = [...head, ...table, ...more, []];
  const events = view.events.slice(-Math.max(1, rows - above.length)).toReversed();
  return [...above, ...events.map(eventLine)];
}

const KINDS = { well: "green", change: "cyan", trouble: "red" } as const;

function eventLine({ at, kind, text }: Event): Line {
  return [{ format: "gray", text: new Date(at).toTimeString().slice(0, 8) }, "  ", { format: KINDS[kind], text }];
}

function logLines({ log }: View, { snapshot: { name, logFile } }: Poll, rows: number): readonly Line[] {
  if (logFile === null)
    return [[`${name} has no log file: it writes to its terminal. With -d or --log-file it has one.`]];
  return [[{ format: "bold", text: logFile }], ...log.slice(1 - rows).map((line): Line => [line])];
}

function saidLine({ said, mode }: View): Line {
  if (mode === "confirm") return [{ format: "bold", text: "Reload it, with the code that is on the disk now?" }];
  return said === null ? [] : [{ format: KINDS[said.kind], text: said.text.split("\n")[0] ?? "" }];
}

function keysLine({ mode }: View): Line {
  const shown = KEYS[mode].map((key) => key.shown).filter((text) => text !== "");
  return [{ format: "inverse", text: ` ${shown.join("   ")} ` }];
}

/** Whatever the app has put into it must not act on the terminal. */
function harmless(line: Line): Line {
  return line.map((piece) =>
    typeof piece === "string" ? printable(piece) : { ...piece, text: printable(piece.text) },
  );
}
