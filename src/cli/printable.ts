import { stripVTControlCharacters } from "node:util";

/** What an app or its clients have said, on one line of a terminal that does nothing else by it. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll("\t", "  ")
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, "\uFFFD");
}

/** As {@link printable}, with its lines. */
export function printableLines(text: string): readonly string[] {
  return text.split("\n").map(printable);
}
