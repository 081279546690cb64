import { isAbsolute, relative } from "node:path";

/** A value in a message: short, and so that text and numbers can be told apart. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" || typeof value === "function")
    return `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
  const written = typeof value === "string" ? JSON.stringify(value) : `${value as number | boolean | bigint}`;
  return written.length > 60 ? `${written.slice(0, 57)}…` : written;
}

/** A path in a message: relative to the folder the user is in, unless it lies outside of it. */
export function showPath(path: string, cwd: string): string {
  const shorter = relative(cwd, path);
  return shorter === "" || shorter.startsWith("..") || isAbsolute(shorter) ? path : shorter;
}
