import { readFileSync } from "node:fs";

/** The text of a file, or null when it is not there or may not be read: for files whose absence means something. */
export function readTextIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
