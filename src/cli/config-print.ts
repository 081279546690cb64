import { optionValue } from "../config/nest.ts";
import { showDefault, type Option, type OptionKey } from "../config/option.ts";
import { optionRows } from "../config/options.ts";
import { resolveConfig, type Resolution } from "../config/resolve.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { writeJson, type Io } from "./io.ts";
import { alignRows } from "./table.ts";
import type { Request } from "./verbs.ts";

export async function printConfig(request: Request, io: Io): Promise<ExitCode> {
  const resolution = await resolveConfig(request.sources);
  if (request.json) writeJson(io, { options: asObject(resolution) });
  else io.stdout.write(asTable(resolution));
  return EXIT.ok;
}

function asTable({ config, origins }: Resolution): string {
  const rows = optionRows().map(([key, row]) => [key, showOption(row, optionValue(config, key)), origins[key] ?? ""]);
  return alignRows([["OPTION", "VALUE", "ORIGIN"], ...rows]);
}

function showOption(option: Option<unknown>, value: unknown): string {
  const shown = option.kind.show(value);
  return shown === "none" ? showDefault(option) : shown;
}

function asObject({ config, origins }: Resolution): object {
  return Object.fromEntries(
    optionRows().map(([key]) => [key, { value: publicValue(key, config), origin: origins[key] }]),
  );
}

/** Variables of the app are often secrets: only their names are shown. */
function publicValue(key: OptionKey, config: Resolution["config"]): unknown {
  return key === "env" ? Object.keys(config.env) : optionValue(config, key);
}
