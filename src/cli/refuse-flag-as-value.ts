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
    const flag = flagIn(argv[at] ?? "");
    if (flag !== null && !takesFlags(option)) throw missing(option, flag);
  }
}

/** Without its value, which may be a secret. `-1` is none, but a number that is not wanted, and neither is a key in PEM, which begins with dashes. */
function flagIn(word: string): string | null {
  return /^(-[a-z]|--[a-z][a-z0-9-]*)(?=$|=)/i.exec(word)?.[0] ?? null;
}

/** Those of another program. */
function takesFlags({ flags }: Option): boolean {
  return flags.endsWith("<options>");
}

function missing({ long }: Option, flag: string): AppError {
  const hint = `A value that begins with a dash is written ${long}=${flag}`;
  return new AppError("USAGE", `flag ${long}: expected a value, got the flag ${flag}`, hint);
}
