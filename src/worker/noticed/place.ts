import type { Position } from "./heap.ts";

interface Source {
  readonly file: string;
  readonly text: string;
}

/**
 * In which of these files a function is written, and on which line from 1: where at its position there is its very text. Null: in none, or in more than one.
 * @param code the function's text, which Node may have stripped of types: what it leaves there is blanks
 */
export function placeOf(
  code: string,
  { lineNumber, columnNumber }: Position,
  sources: readonly Source[],
): string | null {
  const inside = code.indexOf("(");
  // V8 counts from the parameters on, or from the first word: it depends on the kind of function.
  const texts = inside > 0 ? [code, code.slice(inside)] : [code];
  const found = sources.filter(({ text }) => {
    const at = offsetOf(text, lineNumber) + columnNumber;
    return texts.some((written) => isThere(written, text, at));
  });
  return found.length === 1 ? `${found[0]?.file}:${lineNumber + 1}` : null;
}

function offsetOf(text: string, line: number): number {
  let at = 0;
  for (let passed = 0; passed < line; passed += 1) {
    const end = text.indexOf("\n", at);
    if (end === -1) return text.length;
    at = end + 1;
  }
  return at;
}

function isThere(written: string, text: string, at: number): boolean {
  for (let index = 0; index < written.length; index += 1) {
    const letter = written.charAt(index);
    if (letter.trim() !== "" && letter !== text.charAt(at + index)) return false;
  }
  return true;
}
