import type { Line } from "./line.ts";

/** How many keys the server looks at in one step, during which it does nothing else. */
const STEP = "1000";

/** The names of all keys that begin with the prefix, some at a time: none that was there all along is missing, some may come twice. */
export async function* scan(line: Line, prefix: string): AsyncGenerator<readonly string[], void> {
  const pattern = `${escapeGlob(prefix)}*`;
  let cursor = "0";
  do {
    const reply = await line.call("read", ["SCAN", cursor, "MATCH", pattern, "COUNT", STEP]);
    const [next, names] = reply as [unknown, readonly string[]];
    cursor = String(next);
    yield names;
  } while (cursor !== "0");
}

/** So that a prefix is text. */
function escapeGlob(text: string): string {
  return text.replaceAll(/[\\*?[\]^-]/g, String.raw`\$&`);
}
