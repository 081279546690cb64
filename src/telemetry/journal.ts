import { fstatSync } from "node:fs";
import type { Level } from "./pretty.ts";

/** sd-daemon(3): what stands in front of a line for the journal to know how serious it is. */
const PRIORITIES = { debug: "<7>", info: "<6>", warn: "<4>", error: "<3>", fatal: "<2>" } as const;

/**
 * Of the app's lines. Not everything on stderr is an error: `console.warn` writes there as well, and so do Node's own warnings and many loggers.
 */
const OF_STREAM = { stdout: PRIORITIES.info, stderr: PRIORITIES.warn } as const;

/** Whether what is written to this descriptor goes to the journal: systemd names device and inode of what it has connected (`JOURNAL_STREAM`). */
export function leadsToJournal(fd: number, env: NodeJS.ProcessEnv): boolean {
  const named = env["JOURNAL_STREAM"];
  if (!named) return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return named === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Each line of a text with the priority of all of it; without the last line's end where it has none. */
export function withPriority(level: Level, text: string): string {
  return text.replaceAll(/^(?=[^])/gm, PRIORITIES[level]);
}

interface OwnLine {
  readonly level: Level;
  readonly msg: string;
  readonly error?: { readonly stack?: string };
}

/** One of Drover's own lines, from its JSON. The journal has the time, and who says it. */
export function journalLine(json: string): string {
  const { level, msg, error } = JSON.parse(json) as OwnLine;
  const stack = error?.stack === undefined ? "" : `\n${error.stack.replaceAll(/^/gm, "    ")}`;
  return withPriority(level, `drover ${msg}${stack}\n`);
}

/** As an app that knows the journal begins a line. */
const OWN_PRIORITY = /^<[0-7]>/;
/** As loggers begin a line of JSON: with a word, or with pino's number. */
const OWN_LEVEL = /^\{"level":"?(\w+)/;

/** One line of the app, without its end. What it says itself of how serious it is counts. A JSON object stays what it is. */
export function appLine(line: string, stream: keyof typeof OF_STREAM, prefix: string): string {
  const own = OWN_PRIORITY.exec(line)?.[0] ?? null;
  const text = own === null ? line : line.slice(own.length);
  if (!text.startsWith('{"') || !text.endsWith("}")) return `${own ?? OF_STREAM[stream]}${prefix}${text}`;
  return `${own ?? priorityOf(OWN_LEVEL.exec(text)?.[1] ?? "") ?? OF_STREAM[stream]}${text}`;
}

const WORDS: Readonly<Record<string, keyof typeof PRIORITIES>> = {
  trace: "debug",
  debug: "debug",
  verbose: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  fatal: "fatal",
};

/** Null: it is none that is known. */
function priorityOf(level: string): string | null {
  if (Object.hasOwn(WORDS, level)) return PRIORITIES[WORDS[level] ?? "info"];
  const number = /^\d+$/.test(level) ? Number(level) : Number.NaN;
  // Pino's: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal.
  if (!(number >= 10 && number <= 60)) return null;
  const words = ["debug", "debug", "info", "warn", "error", "fatal"] as const;
  return PRIORITIES[words[Math.floor(number / 10) - 1] ?? "info"];
}
