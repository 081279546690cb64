import { AppError } from "../errors.ts";
import { appSection, sharedSection } from "./apps.ts";
import type { AppConfig, Origin } from "./config.ts";
import { readEnvFile } from "./env-file.ts";
import type { ConfigFile } from "./file.ts";
import { envLayer, fileLayer, flagLayer, foreignLayer, inlineLayer, type Given, type Layer } from "./layers.ts";
import { nest } from "./nest.ts";
import { showDefault, type Chosen, type Option, type OptionKey, type ValueOf } from "./option.ts";
import { OPTIONS, optionRows } from "./options.ts";
import { showPath, showType, showValue } from "./show.ts";

/** All that the configuration depends on, but for the files it names. */
export interface Sources {
  /** By option key (`"timeouts.drain"`), as text or as the real type. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
  /** The folder Drover was started in: config file, entry and relative paths of flags and variables start there. */
  readonly cwd: string;
  readonly entry?: string;
  readonly args?: readonly string[];
  readonly configFile?: string;
  /** Which of the config file's `apps`; without it only the options outside of them count. */
  readonly app?: string;
  /** What a program passes to `start()`. */
  readonly inline?: AppConfig;
}

export interface Choice {
  readonly chosen: Chosen;
  readonly origins: Readonly<Record<OptionKey, Origin>>;
  readonly files: readonly string[];
}

/** Takes each option from the strongest source that sets it, checked. `file` is the config file, where there is one. */
export async function choose(sources: Sources, file: ConfigFile | null): Promise<Choice> {
  const { entry = sources.flags["entry"], args = sources.flags["args"], cwd } = sources;
  const strong = [
    flagLayer({ ...sources.flags, entry, args }, cwd),
    inlineLayer(sources.inline ?? {}, cwd),
    envLayer(sources.env, cwd),
  ];
  const weak = await Promise.all(sectionsOf(file, sources.app).map(fileLayer));

  // Any layer may name the env file and hold variables, which in turn may set options: so these two are read first.
  const envFile = await pick("envFile", [...strong, ...weak]);
  const envFileName = envFile.value === null ? "" : `env file ${showPath(envFile.value, cwd)}`;
  const fromEnvFile = envFile.value === null ? {} : readEnvFile(envFile.value, envFile.origin);
  const variables = await pickVariables([...strong, ...weak], weak[1]);
  const variablesName = `env in ${variables.origin}`;
  const layers = [
    ...strong,
    envLayer(fromEnvFile, cwd, envFileName),
    ...weak,
    envLayer(variables.value, cwd, variablesName),
    foreignLayer(sources.env, cwd),
    foreignLayer(fromEnvFile, cwd, envFileName),
    foreignLayer(variables.value, cwd, variablesName),
  ];

  const picked = new Map<OptionKey, Picked<unknown>>();
  for (const [key] of optionRows()) picked.set(key, await pick(key, layers));
  picked.set("envFile", envFile);
  picked.set("env", {
    value: { ...variables.value, ...fromEnvFile },
    origin: bothOrigins(variables.origin, envFileName),
  });
  const files = [file?.path ?? null, envFile.value].filter((path) => path !== null);
  const values = new Map([...picked].map(([key, { value }]) => [key, value]));
  const origins = Object.fromEntries([...picked].map(([key, { origin }]) => [key, origin]));
  return { chosen: nest(values) as Chosen, origins: origins as Record<OptionKey, Origin>, files };
}

/** The stronger first. */
function sectionsOf(file: ConfigFile | null, app: string | undefined): readonly ConfigFile[] {
  if (file === null) return [];
  return app === undefined ? [sharedSection(file)] : [appSection(file, app), sharedSection(file)];
}

/** An app of several adds its variables to those of all: repeating what they share would defeat the sharing. */
async function pickVariables(layers: readonly Layer[], shared: Layer | undefined): Promise<Picked<ValueOf<"env">>> {
  const own = await pick("env", layers);
  const ofAll = shared === undefined ? undefined : await pick("env", [shared]);
  return { ...own, value: { ...ofAll?.value, ...own.value } };
}

function bothOrigins(variables: Origin, envFile: string): Origin {
  if (envFile === "") return variables;
  return variables === "default" ? envFile : `${envFile}, ${variables}`;
}

interface Picked<T> {
  readonly value: T;
  readonly origin: Origin;
}

async function pick<K extends OptionKey>(key: K, layers: readonly Layer[]): Promise<Picked<ValueOf<K>>> {
  // The table's rows and ValueOf agree, as its `satisfies` holds, but not in a way the compiler follows for a key it does not know.
  const option = OPTIONS[key] as unknown as Option<ValueOf<K>>;
  for (const layer of layers) {
    const given = layer(key);
    if (given !== undefined) return { value: await check(key, option, given), origin: given.origin };
  }
  return { value: option.default, origin: "default" };
}

async function check<T>(key: OptionKey, option: Option<T>, given: Given): Promise<T> {
  const parsed = option.kind.parse(given.value);
  if (parsed.ok) return option.kind.rebase(parsed.value, given.folder);
  const code = key === "listen" && given.code === "CONFIG_INVALID" ? "ADDRESS_INVALID" : given.code;
  const got = option.secret ? showType(parsed.got) : showValue(parsed.got);
  const message = `${await given.place()}: expected ${parsed.expected}, got ${got}`;
  throw new AppError(code, message, `Leave it out for the default: ${showDefault(option)}.`);
}
