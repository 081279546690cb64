import { AppError, type ErrorCode } from "../errors.ts";
import type { AppConfig, Origin } from "./config.ts";
import type { ConfigFile } from "./file.ts";
import { flatten } from "./flatten.ts";
import type { Option, OptionKey } from "./option.ts";
import { OPTIONS } from "./options.ts";

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
  const long = /--[a-z][a-z0-9-]*/.exec(used ?? "")?.[0];
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

/** Variables that are not Drover's own, for the options that have one. */
export function foreignLayer(env: Readonly<Record<string, string | undefined>>, folder: string, source = ""): Layer {
  return (key) => {
    const option = OPTIONS[key];
    if (!("foreignEnv" in option)) return undefined;
    const value = env[option.foreignEnv];
    if (!option.kind.parse(value).ok) return undefined;
    return given({ value, origin: source || `env ${option.foreignEnv}`, folder, code: "CONFIG_INVALID" });
  };
}

/** What a program passes to `start()`. Throws CONFIG_INVALID for a key that no option has. */
export function inlineLayer(config: AppConfig, folder: string): Layer {
  const { values, problem } = flatten(config);
  if (problem !== undefined) throw new AppError("CONFIG_INVALID", `start(): ${problem.message}`, problem.hint);
  return (key) => {
    const value = values.get(key);
    if (value === undefined) return undefined;
    return given({ value, origin: "start()", folder, code: "CONFIG_INVALID" }, async () => `start(), ${key}`);
  };
}

/** Throws CONFIG_INVALID, with the line where there is one, for a key that no option has. */
export async function fileLayer(file: ConfigFile): Promise<Layer> {
  const { values, problem } = flatten(file.content);
  if (problem !== undefined) {
    throw new AppError("CONFIG_INVALID", `${await file.place(problem.path)}: ${problem.message}`, problem.hint);
  }
  return (key) => {
    const value = values.get(key);
    if (value === undefined) return undefined;
    const place = async () => `${await file.place(key.split("."))}, ${key}`;
    return given({ value, origin: file.shown, folder: file.folder, code: "CONFIG_INVALID" }, place);
  };
}

function given(value: Omit<Given, "place">, place: () => Promise<string> = async () => value.origin): Given {
  return { ...value, place };
}
