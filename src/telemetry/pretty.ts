import type { styleText } from "node:util";

export type Level = "debug" | "info" | "warn" | "error";

/** `styleText`, which leaves colours out by itself where the terminal or NO_COLOR says so, or {@link unpainted}. */
export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

export const unpainted: Paint = (_format, text) => text;

interface OwnLine {
  readonly time: number;
  readonly level: Level;
  readonly event: string;
  readonly msg: string;
  readonly error?: { readonly stack?: string };
}

const COLOURS = { debug: "gray", info: "cyan", warn: "yellow", error: "red" } as const;
const PAINTS = ["green", "blue", "magenta", "yellow", "cyan"] as const;

/** One of Drover's own lines, from its JSON. */
export function prettyLine(json: string, paint: Paint): string {
  return ownLine(JSON.parse(json) as OwnLine, paint);
}

function ownLine(line: OwnLine, paint: Paint): string {
  const time = paint("gray", new Date(line.time).toTimeString().slice(0, 8));
  const said = line.event === "ready" ? paint(["bold", "green"], line.msg) : line.msg;
  const text = `${time} ${paint(COLOURS[line.level], "drover")} ${said}\n`;
  return line.error?.stack ? `${text}${indent(line.error.stack)}\n` : text;
}

/** What stands in front of a line of the app: `[1 4242]`. */
export function prefixOf(slot: number, pid: number | undefined, paint: Paint): string {
  return paint(PAINTS[slot % PAINTS.length] ?? "green", `[${pid === undefined ? slot : `${slot} ${pid}`}]`);
}

/** A line of a log file, without its end, as a terminal would have shown it. One that is no JSON of ours stays as it is. */
export function prettyAgain(raw: string, paint: Paint): string {
  const line = parse(raw);
  if (line === null) return `${raw}\n`;
  const { slot, pid, stream, event, msg } = line;
  // The app's own object, with the slot put in front.
  if (typeof slot === "number" && raw.startsWith('{"slot":')) {
    const object = `{${raw.slice(raw.indexOf(",") + 1)}`;
    return `${prefixOf(slot, typeof pid === "number" ? pid : undefined, paint)} ${object}\n`;
  }
  if (typeof slot === "number" && typeof stream === "string")
    return `${prefixOf(slot, Number(pid), paint)} ${String(msg)}\n`;
  return typeof event === "string" && Object.hasOwn(COLOURS, String(line["level"]))
    ? ownLine(line as unknown as OwnLine, paint)
    : `${raw}\n`;
}

function parse(raw: string): Readonly<Record<string, unknown>> | null {
  if (!raw.startsWith("{")) return null;
  try {
    return JSON.parse(raw) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}
