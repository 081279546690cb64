import { AppError } from "../errors.ts";
import type { Origin, Resolved } from "./config.ts";

/**
 * Without the prefix workers write straight to our descriptors: a file of theirs would be rotated under them.
 * @throws AppError USAGE or CONFIG_INVALID when both a log file and no prefix are asked for
 */
export function checkLogFile({ config: { log }, origins }: Pick<Resolved, "config" | "origins">): void {
  if (log.file === null || log.prefix) return;
  const { "log.file": file = "default", "log.prefix": prefix = "default" } = origins;
  const message = `${prefix}, log.prefix: expected true, because there is a log file (${file}), got false`;
  const hint = "Workers without a prefix write past Drover, to its stdout and stderr: leave one of the two out.";
  throw new AppError(isFlag(prefix) && isFlag(file) ? "USAGE" : "CONFIG_INVALID", message, hint);
}

function isFlag(origin: Origin): boolean {
  return origin.startsWith("flag");
}

/** The same with this log file, where none is named: in the background there must be one. */
export function withLogFile<T extends Resolved>(resolved: T, file: string): T {
  const { config, origins } = resolved;
  if (config.log.file !== null) return resolved;
  const named = {
    ...resolved,
    config: { ...config, log: { ...config.log, file } },
    origins: { ...origins, "log.file": "default, in the background" },
  };
  checkLogFile(named);
  return named;
}
