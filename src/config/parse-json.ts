import { AppError } from "../errors.ts";

/** Throws CONFIG_UNREADABLE with line and column. */
export function parseJson(source: string, shown: string): unknown {
  const text = source.replace(/^\uFEFF/, "");
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    // V8 ends some messages with the position and others with a piece of the source: neither reads well behind line and column.
    const reason = message.replace(/ in JSON at position .*$|, .* is not valid JSON$/s, "");
    const where = lineAndColumn(text, errorIndex(text, message));
    throw new AppError(
      "CONFIG_UNREADABLE",
      `${shown}:${where}: ${reason}`,
      "The file must be JSON: double quotes, no comments, no comma before } or ].",
    );
  }
}

function errorIndex(text: string, message: string): number {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  if (message.includes("end of JSON")) return text.length;
  return shortestRefused(text) - 1;
}

/**
 * V8 does not say where an "Unexpected token" is. It is the last character of the shortest beginning of the text that is refused with
 * that message: shorter beginnings are only incomplete, longer ones are refused for the same token.
 */
function shortestRefused(text: string): number {
  let accepted = 0;
  let refused = text.length;
  while (refused - accepted > 1) {
    const middle = Math.floor((accepted + refused) / 2);
    if (hasUnexpectedToken(text.slice(0, middle))) refused = middle;
    else accepted = middle;
  }
  return refused;
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return (error as SyntaxError).message.startsWith("Unexpected token");
  }
}

function lineAndColumn(text: string, index: number): string {
  const lines = text.slice(0, index).split("\n");
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}
