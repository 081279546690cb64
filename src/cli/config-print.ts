import { optionValue } from "../config/nest.ts";
import { showDefault, type Option, type OptionKey } from "../config/option.ts";
import { optionRows } from "../config/options.ts";
import { resolveApps, type Resolution } from "../config/resolve.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { writeJson, type Io } from "./io.ts";
import { alignRows } from "./table.ts";
import type { Request } from "./verbs.ts";

/** The options of one app, or those of several, each under its name. */
export async function printConfig(request: Request, io: Io): Promise<ExitCode> {
  const apps = (await resolveApps(request.sources, request.operands)).map(({ resolution }) => resolution);
  if (request.json) writeJson(io, asAnswer(apps));
  else io.stdout.write(apps.map((app) => title(app, apps.length) + asTable(app)).join("\n"));
  return EXIT.ok;
}

function title({ config }: Resolution, count: number): string {
  return count === 1 ? "" : `# ${config.name}\n`;
}

function asAnswer(apps: readonly Resolution[]): object {
  const answers = apps.map((app) => [app.config.name, { options: asObject(app) }] as const);
  const [first] = answers;
  return first !== undefined && answers.length === 1 ? first[1] : { apps: Object.fromEntries(answers) };
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
    optionRows().map(([key, row]) => [key, { value: publicValue(key, row, config), origin: origins[key] }]),
  );
}

/** Variables of the app are often secrets: only their names are shown. */
function publicValue(key: OptionKey, row: Option<unknown>, config: Resolution["config"]): unknown {
  if (key === "env") return Object.keys(config.env);
  const value = optionValue(config, key);
  return row.secret && value !== null ? row.kind.show(value) : value;
}
