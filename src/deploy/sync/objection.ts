import { showValue } from "../../config/show.ts";

/** Words, quoted ones whole, what ends and encloses directives, and comments: as nginx reads. */
const TOKENS = /#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|[^\s{};]+/gs;

/** Why a file with this text is not to be written over; null: it is empty, or the block of this upstream and nothing else. */
export function objectionTo(text: string, upstream: string): string | null {
  const own = `upstream ${upstream} { … }`;
  const found = outermost(text);
  const other = found.find((one) => one !== own);
  if (other === undefined && (found.length > 0 || text.trim() === "")) return null;
  return `expected a file with ${own} alone, got ${other === undefined ? "comments" : showValue(other)}`;
}

/** What is said outside of all blocks, and each block's head. */
function outermost(text: string): readonly string[] {
  const found: string[] = [];
  let words: string[] = [];
  let depth = 0;
  for (const token of (text.match(TOKENS) ?? []).filter((one) => !one.startsWith("#"))) {
    const isOutside = depth === 0;
    if (token === "{") depth += 1;
    else if (token === "}" && !isOutside) depth -= 1;
    if (!isOutside) continue;
    words.push(token === "{" ? "{ … }" : token);
    if (token !== "{" && token !== ";") continue;
    found.push(words.join(" "));
    words = [];
  }
  return words.length === 0 ? found : [...found, words.join(" ")];
}
