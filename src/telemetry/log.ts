import { styleText } from "node:util";
import type { Config } from "../config/config.ts";

export type Level = "debug" | "info" | "warn" | "error";
type Fields = Readonly<Record<string, unknown>>;

/** Drover's own log. `event` is stable and meant for programs, `text` for people. */
export interface Log {
  debug(event: string, fields: Fields, text: string): void;
  info(event: string, fields: Fields, text: string): void;
  warn(event: string, fields: Fields, text: string): void;
  error(event: string, fields: Fields, text: string): void;
  /** Everything written so far has reached the sink. */
  flush(): Promise<void>;
}

/** Where finished text goes; the app's own lines go the same way, so that the two keep their order. */
export type Sink = (text: string) => void;

type Writer = (level: Level, fields: Fields, text: string) => void;

/**
 * pino takes some 20 ms to load, so the first workers are forked before it: what is said until then waits in memory.
 */
export function openLog(settings: Config["log"], pretty: boolean, sink: Sink): Log {
  const waiting: Parameters<Writer>[] = [];
  let write: Writer = (...line) => void waiting.push(line);
  const opened = openWriter(settings.level, pretty, sink).then((writer) => {
    write = writer;
    for (const line of waiting) writer(...line);
  });
  const at = (level: Level) => (event: string, fields: Fields, text: string) =>
    write(level, { event, ...fields }, text);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), flush: () => opened };
}

async function openWriter(level: Config["log"]["level"], pretty: boolean, sink: Sink): Promise<Writer> {
  const { pino } = await import("pino");
  const format = pretty ? prettyLine : (line: string) => line;
  const options = { level, base: null, formatters: { level: (label: string) => ({ level: label }) } };
  const logger = pino(options, { write: (line: string) => sink(format(line)) });
  return (at, fields, text) => logger[at](fields, text);
}

interface Line {
  readonly time: number;
  readonly level: Level;
  readonly event: string;
  readonly msg: string;
  readonly error?: { readonly stack?: string };
}

const COLOURS = { debug: "gray", info: "cyan", warn: "yellow", error: "red" } as const;

/** `styleText` leaves colours out by itself where the terminal or NO_COLOR says so. */
function prettyLine(json: string): string {
  const line = JSON.parse(json) as Line;
  const time = styleText("gray", new Date(line.time).toTimeString().slice(0, 8));
  const said = line.event === "ready" ? styleText(["bold", "green"], line.msg) : line.msg;
  const text = `${time} ${styleText(COLOURS[line.level], "drover")} ${said}\n`;
  return line.error?.stack ? `${text}${indent(line.error.stack)}\n` : text;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}
