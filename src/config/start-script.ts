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

/** Reads a start script of the form `node [options] FILE [arguments]`; null for any other, `drover …` and other tools included. */
export function readStartScript(script: unknown): StartScript | null {
  // With a shell's operators it is more than one command.
  if (typeof script !== "string" || /[&|;<>$`]/.test(script)) return null;
  const words = (splitWords(script) ?? []).slice();
  if (words.shift() !== "node") return null;
  const nodeOptions: string[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!word.startsWith("-"))
      return { file: word, nodeOptions: nodeOptions.filter((option) => !LEFT_OUT.test(option)), args: words };
    nodeOptions.push(word);
    if (TAKES_VALUE.has(word)) nodeOptions.push(words.shift() ?? "");
  }
  return null;
}
