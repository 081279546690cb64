import type { Config } from "../../config/config.ts";
import { optionValue } from "../../config/nest.ts";

/** Options of the primary itself, which a reload does not replace. */
const FIXED = [
  "name",
  "primaryModule",
  "watch",
  "admin",
  "log.level",
  "log.format",
  "log.prefix",
  "log.file",
  "log.maxSize",
  "log.maxFiles",
  "log.maxAge",
  "log.compress",
] as const;

/** Those that differ. */
export function needStart(old: Config, next: Config): readonly string[] {
  return FIXED.filter((key) => optionValue(old, key) !== optionValue(next, key));
}
