import { styleText } from "node:util";
import type { Config } from "../config/config.ts";
import { leadsToJournal } from "./journal.ts";
import type { Paint } from "./pretty.ts";

/** How lines look: pretty by this paint, JSON objects, or as systemd's journal wants them. */
export type Style = Paint | "json" | "journal";

/** For our own stdout. */
export function styleOfStdout({ format }: Pick<Config["log"], "format">, env: NodeJS.ProcessEnv): Style {
  if (format === "journal" || (format === "auto" && leadsToJournal(process.stdout.fd, env))) return "journal";
  return format === "pretty" || (format === "auto" && process.stdout.isTTY) ? styleText : "json";
}
