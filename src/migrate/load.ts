import { existsSync, readFileSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { runInNewContext } from "node:vm";
import { importModule } from "../config/import-config.ts";
import { parseYaml } from "../config/parse-yaml.ts";
import { showPath } from "../config/show.ts";
import { AppError } from "../errors.ts";

const NAMES = [
  ...["js", "cjs", "mjs", "json", "yaml", "yml"].map((extension) => `ecosystem.config.${extension}`),
  "ecosystem.json",
  "pm2.json",
  "process.json",
];

export interface Pm2File {
  readonly path: string;
  /** As messages name it. */
  readonly shown: string;
  readonly content: unknown;
  /** Whether it is a program that reads the environment. */
  readonly readsEnvironment: boolean;
}

/**
 * Loads `given`, or the file in `cwd` that pm2 would be started with. A JavaScript file is run.
 * Throws MIGRATE_UNREADABLE, with the line where there is one, when it is missing or cannot be read.
 */
export async function loadPm2File(given: string | undefined, cwd: string): Promise<Pm2File> {
  const path = given === undefined ? findFile(cwd) : resolve(cwd, given);
  const shown = showPath(path, cwd);
  const source = readSource(path, shown);
  const content = await parse(path, shown, source).catch(asUnreadable);
  const readsEnvironment = isModule(path) && /process\.env|dotenv/.test(source);
  return { path, shown, content, readsEnvironment };
}

function findFile(cwd: string): string {
  const name = NAMES.find((candidate) => existsSync(join(cwd, candidate)));
  if (name !== undefined) return join(cwd, name);
  const message = `expected a file of pm2 in ${cwd}, got none of ${NAMES.join(", ")}`;
  throw new AppError("MIGRATE_UNREADABLE", message, "Name it: drover migrate FILE.");
}

function readSource(path: string, shown: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const got = code === "ENOENT" ? "nothing there" : code === "EISDIR" ? "a folder" : String(code);
    throw new AppError("MIGRATE_UNREADABLE", `expected a file of pm2 at ${shown}, got ${got}`, "Check the path.");
  }
}

async function parse(path: string, shown: string, source: string): Promise<unknown> {
  const format = extname(path);
  if (format === ".yaml" || format === ".yml") return parseYaml(source, shown);
  if (format === ".json") return evaluate(source, shown);
  if (isModule(path)) return await exported(path, shown);
  const got = format === "" ? "a name without an extension" : format;
  const message = `${shown}: expected .js, .cjs, .mjs, .json, .yaml or .yml, got ${got}`;
  throw new AppError("MIGRATE_UNREADABLE", message, "Name the file that pm2 start is given.");
}

function isModule(path: string): boolean {
  return /\.[cm]?js$/.test(basename(path));
}

/** pm2 takes JSON for JavaScript: comments and commas at the end are allowed. */
function evaluate(source: string, shown: string): unknown {
  try {
    return runInNewContext(`(${source.replace(/^\uFEFF/, "")}\n)`, {}, { filename: shown, timeout: 1000 });
  } catch (error) {
    const { message, stack = "" } = error as Error;
    const line = stack.startsWith(`${shown}:`) ? /^.*?:(\d+)\n/.exec(stack)?.[1] : undefined;
    const where = line === undefined ? shown : `${shown}:${line}`;
    throw new AppError("MIGRATE_UNREADABLE", `${where}: ${message}`, "The file must be JSON.");
  }
}

/** `module.exports`, a default export, or named ones. */
async function exported(path: string, shown: string): Promise<unknown> {
  const module = await importModule(path, shown);
  const content = module["default"] ?? module;
  if (typeof content !== "function") return content;
  const message = `${shown}: expected an object with apps, got a function`;
  throw new AppError("MIGRATE_UNREADABLE", message, "Export what it returns.");
}

function asUnreadable(error: unknown): never {
  if (!(error instanceof AppError)) throw error;
  throw new AppError("MIGRATE_UNREADABLE", error.message, error.hint, { cause: error });
}
