import { isAbsolute, relative } from "node:path";

/** What a message says in place of a value that is not for it: the value may be a private key. */
export class Withheld {
  readonly words: string;

  constructor(words: string) {
    this.words = words;
  }
}

/** A value in a message: short, and so that text and numbers can be told apart. */
export function showValue(value: unknown): string {
  if (value instanceof Withheld) return value.words;
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" || typeof value === "function")
    return `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
  const written = typeof value === "string" ? JSON.stringify(value) : `${value as number | boolean | bigint}`;
  return written.length > 60 ? `${written.slice(0, 57)}…` : written;
}

/** A value in a message that must not repeat it: only of which type it is. */
export function showType(value: unknown): string {
  if (typeof value === "string") return value.trim() === "" ? "an empty text" : "a text";
  if (typeof value === "number" || typeof value === "boolean") return `a ${typeof value}`;
  return showValue(value);
}

/** A path in a message: relative to the folder the user is in, unless it lies outside of it. */
export function showPath(path: string, cwd: string): string {
  const shorter = relative(cwd, path);
  return shorter === "" || shorter.startsWith("..") || isAbsolute(shorter) ? path : shorter;
}
