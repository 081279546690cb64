import type { Config } from "../config/config.ts";
import { journalLine } from "./journal.ts";
import { prettyLine, type Level } from "./pretty.ts";
import type { Style } from "./style.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Drover's own log. `event` is stable and meant for programs, `text` for people. */
export interface Log {
  debug(event: string, fields: Fields, text: string): void;
  info(event: string, fields: Fields, text: string): void;
  warn(event: string, fields: Fields, text: string): void;
  error(event: string, fields: Fields, text: string): void;
  /** Everything said so far has reached the sink. Nothing does before the first call. */
  flush(): Promise<void>;
}

/** Where finished text goes; the app's own lines go the same way, so that the two keep their order. */
export type Sink = (text: string) => void;

type Writer = (level: Level, fields: Fields, text: string) => void;

/**
 * pino takes some 20 ms to load: what is said waits in memory until the first {@link Log.flush}, which comes after the first workers are forked.
 */
export function openLog(level: Config["log"]["level"], style: Style, sink: Sink): Log {
  const waiting: Parameters<Writer>[] = [];
  let write: Writer = (...line) => void waiting.push(line);
  const open = async (): Promise<void> => {
    const writer = await openWriter(level, style, sink);
    write = writer;
    for (const line of waiting) writer(...line);
  };
  let opened: Promise<void> | undefined;
  const at = (level: Level) => (event: string, fields: Fields, text: string) =>
    write(level, { event, ...fields }, text);
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    flush: () => (opened ??= open()),
  };
}

async function openWriter(level: Config["log"]["level"], style: Style, sink: Sink): Promise<Writer> {
  const { pino } = await import("pino");
  const format = formatOf(style);
  const options = { level, base: null, formatters: { level: (label: string) => ({ level: label }) } };
  const logger = pino(options, { write: (line: string) => sink(format(line)) });
  return (at, fields, text) => logger[at](fields, text);
}

/** Of one line, from its JSON. */
function formatOf(style: Style): (line: string) => string {
  if (style === "json") return (line) => line;
  return style === "journal" ? journalLine : (line) => prettyLine(line, style);
}
