import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { AppError } from "../errors.ts";

/** Variables of an env file. A missing or unreadable one is an error: the app would start without its settings. */
export function readEnvFile(file: string, origin: string): Readonly<Record<string, string>> {
  try {
    return parseEnv(readFileSync(file, "utf8")) as Record<string, string>;
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    const message = `expected a readable env file at ${file} (${origin}), got ${reason === "ENOENT" ? "nothing there" : reason}`;
    throw new AppError("ENV_FILE_UNREADABLE", message, "Create the file, or take the option away.");
  }
}
