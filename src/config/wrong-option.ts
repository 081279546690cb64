import { AppError } from "../errors.ts";
import type { Origin } from "./config.ts";

/** The error of an option that cannot be as it was said: USAGE where a flag said so, else CONFIG_INVALID. */
export function wrongOption(
  origins: Readonly<Record<string, Origin>>,
  key: string,
  message: string,
  hint: string,
): AppError {
  const origin = origins[key] ?? "default";
  const code = origin.startsWith("flag") ? "USAGE" : "CONFIG_INVALID";
  return new AppError(code, `${origin}, ${key}: ${message}`, hint);
}
