import { AppError } from "../errors.ts";
import type { ConfigFile } from "./file.ts";
import { showValue } from "./show.ts";

/** Beginnings that a path or a flag has: a name with one could not be told from them on the command line. */
const NO_NAME = /^([-./~]|$)/;

/**
 * The names under `apps` in a config file, in its order; empty for one that describes a single app.
 * Throws CONFIG_INVALID when `apps` is not an object of named apps.
 */
export async function appNames(file: ConfigFile | null): Promise<readonly string[]> {
  const apps = file?.content["apps"];
  if (file === null || apps === undefined) return [];
  if (!isPlainObject(apps) || Object.keys(apps).length === 0)
    throw await invalid(file, [], `expected an object of named apps in apps, got ${showApps(apps)}`);
  for (const [name, options] of Object.entries(apps)) {
    if (NO_NAME.test(name)) throw await invalid(file, [name], `expected the name of an app, got ${showValue(name)}`);
    if (!isPlainObject(options))
      throw await invalid(file, [name], `expected an object of options in apps.${name}, got ${showValue(options)}`);
  }
  return Object.keys(apps);
}

/** What the file says of one of its apps alone, as if that were the whole file. */
export function appSection(file: ConfigFile, app: string): ConfigFile {
  const apps = file.content["apps"] as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  return { ...file, content: apps[app] ?? {}, place: (path) => file.place(["apps", app, ...path]) };
}

/** What the file says of all its apps. */
export function sharedSection(file: ConfigFile): ConfigFile {
  const { apps: _, ...content } = file.content;
  return { ...file, content };
}

function showApps(apps: unknown): string {
  return isPlainObject(apps) ? "an empty object" : showValue(apps);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function invalid(file: ConfigFile, path: readonly string[], message: string): Promise<AppError> {
  const hint = "Write apps: { api: { entry: … }, worker: { entry: … } }.";
  return new AppError("CONFIG_INVALID", `${await file.place(["apps", ...path])}: ${message}`, hint);
}
