import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Where in which file an error arose. */
export interface Place {
  readonly file: string;
  /** Line, or line and column. */
  readonly at: string;
}

export interface SyntaxMistake {
  readonly place: Place;
  /** `SyntaxError: …` */
  readonly message: string;
}

/** Node puts the place of most syntax errors in the first line of the stack, and that of a thrown error in its frames. */
export function placeOf(error: Error, path: string): Place | null {
  const stack = error.stack ?? "";
  return headPlace(stack) ?? framePlace(stack) ?? (error.name === "SyntaxError" ? checkedPlace(path) : null);
}

/** What `node --check` finds wrong in a JavaScript file, which it does not run; null when nothing. */
export function checkSyntax(path: string): SyntaxMistake | null {
  const { stderr } = spawnSync(process.execPath, ["--check", path], { encoding: "utf8" });
  const place = headPlace(stderr);
  const message = /^SyntaxError.*$/m.exec(stderr)?.[0];
  return place === null || message === undefined ? null : { place, message };
}

/** Only `node --check` tells where a syntax error of a JavaScript ES module is: the error we catch has no place. */
function checkedPlace(path: string): Place | null {
  return checkSyntax(path)?.place ?? null;
}

function headPlace(stack: string): Place | null {
  return toPlace(/^((?:file:|\/|[A-Za-z]:\\)[^\n]*?):(\d+)\n/.exec(stack));
}

function framePlace(stack: string): Place | null {
  return toPlace(/^ +at (?:.* \(|async )?((?:file:\/\/)?\/.*?):(\d+:\d+)\)?$/m.exec(stack));
}

function toPlace(match: RegExpExecArray | null): Place | null {
  const [, file = "", at = ""] = match ?? [];
  if (file === "") return null;
  return { file: file.startsWith("file:") ? fileURLToPath(file.replace(/\?.*$/, "")) : file, at };
}
