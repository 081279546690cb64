import { AppError, type ErrorCode } from "../errors.ts";
import type { Origin, UserConfig } from "./config.ts";
import type { ConfigFile } from "./file.ts";
import { nearest } from "./nearest.ts";
import type { Option, OptionKey } from "./option.ts";
import { OPTIONS, isOptionKey, optionRows } from "./options.ts";
import { showValue } from "./show.ts";

/** A value as one source gives it, unchecked. */
export interface Given {
  readonly value: unknown;
  /** `flag --port`, `env PORT`, `env file .env`, `drover.config.ts`, `start()`. */
  readonly origin: Origin;
  /** Where its relative paths start. */
  readonly folder: string;
  /** What a wrong value is: the command line's fault or the configuration's. */
  readonly code: ErrorCode;
  /** Where it stands, for an error: the origin, and the line where there is one. */
  place(): Promise<string>;
}

/** One source of values: flags, environment, file, … Answers undefined for what it does not set. */
export type Layer = (key: OptionKey) => Given | undefined;

export function flagLayer(flags: Readonly<Record<string, unknown>>, folder: string): Layer {
  return (key) => {
    const value = flags[key];
    const origin = flagOrigin(OPTIONS[key], value);
    return value === undefined ? undefined : given({ value, origin, folder, code: "USAGE" });
  };
}

function flagOrigin({ flag, off }: Pick<Option<unknown>, "flag" | "off">, value: unknown): Origin {
  const used = value === false ? (off?.flag ?? flag) : flag;
  const long = /--[a-z-]+/.exec(used ?? "")?.[0];
  return long === undefined ? "command line" : `flag ${long}`;
}

/**
 * Variables of the environment, or of `source` (`env file .env`). An empty variable counts as unset: that is what `PORT=` in a compose file or a shell means.
 */
export function envLayer(env: Readonly<Record<string, string | undefined>>, folder: string, source?: string): Layer {
  return (key) => {
    const name = OPTIONS[key].env;
    const value = name === null ? undefined : env[name];
    if (name === null || value === undefined || value === "") return undefined;
    const place = source === undefined ? `env ${name}` : `${source}, ${name}`;
    return given({ value, origin: source ?? place, folder, code: "CONFIG_INVALID" }, async () => place);
  };
}

/** What a program passes to `start()`. */
export function inlineLayer(config: UserConfig, folder: string): Layer {
  const values = flatten(config, (path, problem) => {
    throw new AppError("CONFIG_INVALID", `start(): ${problem}`, suggestion(path));
  });
  return (key) => {
    const value = values.get(key);
    return value === undefined
      ? undefined
      : given({ value, origin: "start()", folder, code: "CONFIG_INVALID" }, async () => `start(), ${key}`);
  };
}

/** Throws CONFIG_INVALID, with the line where there is one, for a key that no option has. */
export async function fileLayer(file: ConfigFile): Promise<Layer> {
  const problems: { path: readonly string[]; problem: string }[] = [];
  const values = flatten(file.content, (path, problem) => problems.push({ path, problem }));
  const [first] = problems;
  if (first !== undefined) {
    throw new AppError("CONFIG_INVALID", `${await file.place(first.path)}: ${first.problem}`, suggestion(first.path));
  }
  return (key) => {
    const value = values.get(key);
    if (value === undefined) return undefined;
    const place = async () => `${await file.place(key.split("."))}, ${key}`;
    return given({ value, origin: file.shown, folder: file.folder, code: "CONFIG_INVALID" }, place);
  };
}

/** `{ timeouts: { drain: 1 } }` → `timeouts.drain` → 1. Null stays: it is a value for some options. */
function flatten(
  content: Readonly<Record<string, unknown>>,
  complain: (path: readonly string[], problem: string) => void,
): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [key, value] of Object.entries(content)) {
    if (key === "$schema" || value === undefined) continue;
    if (isOptionKey(key)) values.set(key, value);
    else if (!isSection(key)) complain([key], `expected an option, got the unknown key "${key}"`);
    else if (typeof value !== "object" || value === null)
      complain([key], `expected an object in ${key}, got ${showValue(value)}`);
    else flattenSection(key, value, values, complain);
  }
  return values;
}

function flattenSection(
  section: string,
  content: object,
  values: Map<string, unknown>,
  complain: (path: readonly string[], problem: string) => void,
): void {
  for (const [key, value] of Object.entries(content)) {
    const whole = `${section}.${key}`;
    if (!isOptionKey(whole)) complain([section, key], `expected an option, got the unknown key "${whole}"`);
    else if (value !== undefined) values.set(whole, value);
  }
}

function isSection(key: string): boolean {
  return optionRows().some(([option]) => option.startsWith(`${key}.`));
}

/** The key that was meant: nearly the same, or the same without its section (`drain` for `timeouts.drain`). */
function suggestion(path: readonly string[]): string {
  const keys = optionRows().map(([key]) => key);
  const last = path.at(-1) ?? "";
  const meant = keys.find((key) => key.endsWith(`.${last}`)) ?? nearest(path.join("."), [...keys, "timeouts", "log"]);
  return meant === undefined ? "`drover config schema` lists the options." : `Did you mean "${meant}"?`;
}

function given(value: Omit<Given, "place">, place: () => Promise<string> = async () => value.origin): Given {
  return { ...value, place };
}
