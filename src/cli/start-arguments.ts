import type { Sources } from "../config/choose.ts";
import type { Option } from "../config/option.ts";
import { optionRows } from "../config/options.ts";

/** The command line that starts what `sources` says, for another process: `start api --port=8080 -c web.yaml -- app arguments`. */
export function startArguments(sources: Sources, more: readonly string[] = []): readonly string[] {
  const { app, entry, configFile, args, flags } = sources;
  const word = app ?? entry;
  return [
    "start",
    ...(word === undefined ? [] : [word]),
    ...(configFile === undefined ? [] : [`--config=${configFile}`]),
    ...optionRows().flatMap(([key, option]) => written(option, flags[key])),
    ...more,
    ...(args === undefined ? [] : ["--", ...args]),
  ];
}

function written({ flag, off }: Option<unknown>, value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (value === false) return [longOf(off?.flag)];
  const long = longOf(flag);
  if (value === true) return [long];
  // With the sign of equality, a value that begins with a dash cannot be taken for a flag.
  return (Array.isArray(value) ? value : [value]).map((one) => `${long}=${String(one)}`);
}

function longOf(flag: string | null | undefined): string {
  return /--[\w-]+/.exec(flag ?? "")?.[0] ?? "";
}
