import { existsSync, readdirSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { AppError } from "../errors.ts";
import { nearest } from "./nearest.ts";
import { readPackage } from "./package-json.ts";
import { readStartScript } from "./start-script.ts";

const EXTENSIONS = ["js", "mjs", "cjs", "ts", "mts", "cts"];
const CANDIDATES = [
  "dist/main.js",
  "dist/server.js",
  ...named("", ["server", "app", "index"], EXTENSIONS),
  ".output/server/index.mjs",
  ".next/standalone/server.js",
  // Last: the source of what may have been built.
  ...named("src/", ["server", "app", "index", "main"], ["ts", "js", "mts", "mjs", "cts", "cjs"]),
];

function named(folder: string, names: readonly string[], extensions: readonly string[]): readonly string[] {
  return names.flatMap((name) => extensions.map((extension) => `${folder}${name}.${extension}`));
}

export interface FoundEntry {
  /** The app's file, absolute; links stay links. */
  readonly entry: string;
  /** What was found and by which rule, for the log: `server.js, the start script of package.json`. Null: the entry was given. */
  readonly found: string | null;
  /** Options of Node and arguments of the app in the start script it was found by. */
  readonly nodeOptions: readonly string[];
  readonly args: readonly string[];
}

/** Checks the entry that was given (absolute), or looks for one in `folder`. `origin` says who gave it. Throws ENTRY_NOT_FOUND, ENTRY_MISSING or ENTRY_NOT_A_FILE. */
export function findEntry(given: string | null, folder: string, origin: string): FoundEntry {
  if (given === null) return lookIn(folder) ?? notFound(folder);
  const stats = statsOf(given, origin);
  if (stats === undefined) return missing(given, origin);
  if (stats.isDirectory()) return lookIn(given) ?? notAFile(given, origin);
  return { entry: given, found: null, nodeOptions: [], args: [] };
}

function statsOf(given: string, origin: string): Stats | undefined {
  try {
    return statSync(given, { throwIfNoEntry: false });
  } catch (error) {
    const got = (error as NodeJS.ErrnoException).code ?? String(error);
    const message = `expected the app's file at ${given} (${origin}), got ${got}`;
    throw new AppError("ENTRY_MISSING", message, "Check the path, and the permissions of the folders above it.");
  }
}

function lookIn(folder: string): FoundEntry | null {
  return byStartScript(folder) ?? byMain(folder) ?? byName(folder);
}

// Before `main`, since it says how the app is run, while `npm init` writes `main` whether such a file is there or not.
function byStartScript(folder: string): FoundEntry | null {
  const script = readStartScript(readPackage(folder)?.scripts?.["start"]);
  const entry = script && resolveFile(folder, script.file);
  if (!entry) return null;
  const found = `${relative(folder, entry)}, the start script of package.json`;
  return { entry, found, nodeOptions: script.nodeOptions, args: script.args };
}

function byMain(folder: string): FoundEntry | null {
  const main = readPackage(folder)?.main;
  const entry = typeof main === "string" && main !== "" ? resolveFile(folder, main) : null;
  return entry === null
    ? null
    : { entry, found: `${relative(folder, entry)}, "main" of package.json`, nodeOptions: [], args: [] };
}

function byName(folder: string): FoundEntry | null {
  const name = CANDIDATES.find((candidate) => isFile(join(folder, candidate)));
  return name === undefined
    ? null
    : { entry: join(folder, name), found: `${name}, found by its name`, nodeOptions: [], args: [] };
}

/** The file that `node NAME` would run: Node adds an extension, and looks for an index in a folder. */
function resolveFile(folder: string, name: string): string | null {
  const path = resolve(folder, name);
  const tries = [path, ...EXTENSIONS.map((extension) => `${path}.${extension}`), join(path, "index.js")];
  return tries.find(isFile) ?? null;
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

const LOOKED_FOR = `a start script of the form "node FILE" or "tsx FILE" and "main" in package.json, dist/main.js, dist/server.js, \
server.*, app.*, index.* (${EXTENSIONS.join(", ")}), .output/server/index.mjs, .next/standalone/server.js, \
src/server.*, src/app.*, src/index.*, src/main.*`;

function notFound(folder: string): never {
  const hint = `Name the app's file: drover FILE. ${unusedScript(folder)}Looked for ${LOOKED_FOR}.`;
  throw new AppError("ENTRY_NOT_FOUND", `expected an app in ${folder}, got none that Drover recognises`, hint);
}

function notAFile(folder: string, origin: string): never {
  const hint = `Name the app's file: drover ${join(folder, "FILE")}. ${unusedScript(folder)}Looked for ${LOOKED_FOR}.`;
  throw new AppError(
    "ENTRY_NOT_A_FILE",
    `expected the app's file (${origin}), got the folder ${folder} without an app that Drover recognises`,
    hint,
  );
}

/** Why the start script did not help, as a sentence; empty where there is none. */
function unusedScript(folder: string): string {
  const written = readPackage(folder)?.scripts?.["start"];
  if (typeof written !== "string" || written === "") return "";
  const script = readStartScript(written);
  if (script === null) return `The start script "${written}" is not of a form that Drover understands. `;
  return `The start script "${written}" names ${script.file}, which is not there: is the app built? `;
}

function missing(given: string, origin: string): never {
  const folder = dirname(given);
  const expected = `expected the app's file at ${given} (${origin})`;
  if (!existsSync(folder))
    throw new AppError("ENTRY_MISSING", `${expected}, got no folder ${folder}`, "Check the path.");
  const neighbour = nearName(given, namesIn(folder));
  const hint = neighbour === undefined ? "Check the path, or build the app first." : `Did you mean ${neighbour}?`;
  throw new AppError("ENTRY_MISSING", `${expected}, got nothing there`, hint);
}

/** None where the folder may not be read: they only serve a hint. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The same name with another extension, else one that is nearly the same. */
function nearName(given: string, names: readonly string[]): string | undefined {
  const apps = names.filter((name) => EXTENSIONS.some((extension) => name.endsWith(`.${extension}`)));
  return apps.find((name) => stem(name) === stem(given)) ?? nearest(basename(given), apps);
}

function stem(path: string): string {
  return basename(path).replace(/\.[cm]?[jt]s$/, "");
}
