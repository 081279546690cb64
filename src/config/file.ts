import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { AppError } from "../errors.ts";
import { nearest } from "./nearest.ts";
import { parseJson } from "./parse-json.ts";
import { showPath, showValue } from "./show.ts";

const NAMES = ["ts", "mts", "js", "mjs", "json", "yaml", "yml"].map((extension) => `drover.config.${extension}`);

export interface ConfigFile {
  readonly path: string;
  /** As messages name it. */
  readonly shown: string;
  /** The folder that the file's relative paths start from. */
  readonly folder: string;
  /** What it says, unchecked. */
  readonly content: Readonly<Record<string, unknown>>;
  /** Where a key is set, such as `drover.config.yaml:3:5`; only the file for a module, whose values are computed. */
  place(path: readonly string[]): Promise<string>;
}

/**
 * Loads `given`, or the one `drover.config.*` in `cwd`; null when there is none.
 * Throws CONFIG_UNREADABLE when the folder cannot be read, or the file is missing, cannot be read or does not parse, CONFIG_INVALID when it holds no object.
 */
export async function loadConfigFile(cwd: string, given: string | undefined): Promise<ConfigFile | null> {
  const path = given === undefined ? findConfigFile(cwd) : resolve(cwd, given);
  if (path === null) return null;
  const shown = showPath(path, cwd);
  const source = readSource(path, shown);
  const format = extname(path);
  const content = await parse(format, path, shown, source);
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new AppError(
      "CONFIG_INVALID",
      `${shown}: expected an object of options, got ${showValue(content)}`,
      "See `drover config schema`.",
    );
  }
  return {
    path,
    shown,
    folder: dirname(path),
    content: content as Record<string, unknown>,
    async place(keys) {
      if (!isData(format)) return shown;
      const { locateKey } = await import("./parse-yaml.ts");
      return shown + locateKey(source, keys);
    },
  };
}

function findConfigFile(cwd: string): string | null {
  const present = new Set(namesIn(cwd));
  const found = NAMES.filter((name) => present.has(name));
  if (found.length > 1) {
    throw new AppError(
      "CONFIG_INVALID",
      `expected one config file in ${cwd}, got ${found.join(" and ")}`,
      "Keep one, or choose with -c FILE.",
    );
  }
  return found[0] === undefined ? null : join(cwd, found[0]);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const got = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new AppError(
      "CONFIG_UNREADABLE",
      `expected a readable folder at ${folder}, to look for a config file there, got ${got}`,
      "Start in a folder that this user may read, or name the config file with -c FILE.",
    );
  }
}

function readSource(path: string, shown: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unreadable(path, shown, error as NodeJS.ErrnoException);
  }
}

function unreadable(path: string, shown: string, error: NodeJS.ErrnoException): AppError {
  if (error.code !== "ENOENT") {
    const got = error.code === "EISDIR" ? "a folder" : String(error.code);
    return new AppError(
      "CONFIG_UNREADABLE",
      `expected a readable config file at ${path}, got ${got}`,
      "Check -c and the file's permissions.",
    );
  }
  const neighbour = nearest(basename(path), siblings(path));
  const hint =
    neighbour === undefined ? "Check the path given with -c." : `Did you mean ${join(dirname(shown), neighbour)}?`;
  return new AppError("CONFIG_UNREADABLE", `expected a config file at ${path}, got nothing there`, hint);
}

function siblings(path: string): readonly string[] {
  try {
    return readdirSync(dirname(path));
  } catch {
    return [];
  }
}

function isData(format: string): boolean {
  return format === ".json" || format === ".yaml" || format === ".yml";
}

async function parse(format: string, path: string, shown: string, source: string): Promise<unknown> {
  if (format === ".json") return parseJson(source, shown);
  if (isData(format)) return (await import("./parse-yaml.ts")).parseYaml(source, shown);
  if (/^\.[cm]?[jt]s$/.test(format)) return (await import("./import-config.ts")).importConfig(path, shown);
  const got = format === "" ? "a name without an extension" : format;
  throw new AppError(
    "CONFIG_UNREADABLE",
    `${shown}: expected .ts, .mts, .js, .mjs, .json, .yaml or .yml, got ${got}`,
    "Rename the file.",
  );
}
