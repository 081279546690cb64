import { splitWords } from "./split-words.ts";

export interface StartScript {
  readonly file: string;
  readonly nodeOptions: readonly string[];
  readonly args: readonly string[];
}

/** Options of Node whose value is the next word. */
const TAKES_VALUE = new Set([
  "-r",
  "--require",
  "--import",
  "--loader",
  "--experimental-loader",
  "-C",
  "--conditions",
  "--env-file",
  "--env-file-if-exists",
]);
/** For one process under development: workers would fight over the inspector's port, and watching is not theirs. */
const LEFT_OUT = /^--(watch|inspect)/;
/** Words of the runner itself, which Node would not know. A script with one is not run as it was meant without it. */
const RUNNERS: Readonly<Record<string, RegExp | null>> = {
  node: null,
  tsx: /^(watch$|--tsconfig|--no-cache)/,
  "ts-node": /^-/,
};
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/**
 * Reads a start script of the form `[NAME=value] node [options] FILE [arguments]`, with `tsx`, `ts-node` or `npx tsx` in place of `node` too;
 * null for any other, `drover …` and other tools included.
 */
export function readStartScript(script: unknown): StartScript | null {
  // With a shell's operators it is more than one command.
  if (typeof script !== "string" || /[&|;<>$`]/.test(script)) return null;
  const all = splitWords(script) ?? [];
  const begin = all.findIndex((word) => !ASSIGNMENT.test(word));
  const words = begin === -1 ? [] : all.slice(begin);
  // `npx node` asks for another Node than the one that runs Drover.
  if (words[0] === "npx" && words[1] !== "node") words.shift();
  const runner = words.shift() ?? "";
  return Object.hasOwn(RUNNERS, runner) ? readWords(words, RUNNERS[runner] ?? null) : null;
}

function readWords(words: string[], refused: RegExp | null): StartScript | null {
  const nodeOptions: string[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (refused?.test(word) === true) return null;
    if (!word.startsWith("-"))
      return { file: word, nodeOptions: nodeOptions.filter((option) => !LEFT_OUT.test(option)), args: words };
    nodeOptions.push(word);
    if (TAKES_VALUE.has(word)) nodeOptions.push(words.shift() ?? "");
  }
  return null;
}
