import type { Option } from "commander";
import { AppError } from "../errors.ts";

/**
 * Commander takes whatever comes next for an option's value, and `--out --print` would write into a folder of that name.
 * @throws AppError USAGE
 */
export function refuseFlagAsValue(argv: readonly string[], options: readonly Option[]): void {
  for (let at = 0; at < argv.length; at += 1) {
    const option = options.find(({ short, long }) => argv[at] === short || argv[at] === long);
    if (option?.required !== true) continue;
    at += 1;
    const value = argv[at] ?? "";
    if (looksLikeFlag(value) && !takesFlags(option)) throw missing(option, value);
  }
}

/** `-1` is none, but a number that is not wanted. */
function looksLikeFlag(word: string): boolean {
  return /^-(-|[a-z]$)/i.test(word);
}

/** Those of another program. */
function takesFlags({ flags }: Option): boolean {
  return flags.endsWith("<options>");
}

function missing({ long }: Option, value: string): AppError {
  const hint = `A value that begins with a dash is written ${long}=${value}`;
  return new AppError("USAGE", `flag ${long}: expected a value, got the flag ${value}`, hint);
}
