import { AppError } from "../../errors.ts";

/** What a word may hold without quotes, with no meaning of systemd's own. */
const PLAIN = /^[\w@+=:,./-]+$/;
const CONTROL = /\p{Cc}/u;

/** A word of a command line, the first one excepted: there `$` stands for a variable, and `$$` for itself. */
export function commandWord(text: string): string {
  return word(text).replaceAll("$", "$$$$");
}

/** One word of a setting that takes several, such as the program of a command line or `NAME=value`. */
export function word(text: string): string {
  const safe = text.toWellFormed();
  return PLAIN.test(safe) ? safe : `"${safe.replaceAll(/["\\%\p{Cc}]/gu, escaped)}"`;
}

/**
 * All of a setting that takes one text, such as a path.
 * @throws AppError USAGE for what no such setting can hold
 */
export function wholeValue(text: string): string {
  if (!CONTROL.test(text) && text.trim() === text) return text.toWellFormed().replaceAll("%", "%%");
  const got = JSON.stringify(text);
  throw new AppError(
    "USAGE",
    `expected paths without control characters and blanks at their ends, which a unit cannot hold, got ${got}`,
    "Rename it.",
  );
}

function escaped(character: string): string {
  if (character === "%") return "%%";
  if (character === '"' || character === "\\") return `\\${character}`;
  return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
