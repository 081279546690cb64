import { createRequire } from "node:module";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { AppError } from "../errors.ts";
import { placeOf, type Place } from "./error-place.ts";

/**
 * The default export of a config module. Read anew each time, so that a reload sees what has changed; what it imports stays as it was.
 * Throws CONFIG_UNREADABLE with file and line when the module does not load.
 */
export async function importConfig(path: string, shown: string): Promise<unknown> {
  const module = await importModule(path, shown);
  if ("default" in module) return unwrap(module["default"]);
  const names = Object.keys(module).join(", ") || "nothing";
  throw new AppError(
    "CONFIG_INVALID",
    `${shown}: expected a default export, got ${names}`,
    "Write `export default defineConfig({ … })`.",
  );
}

/** All exports of a module, read anew. Throws CONFIG_UNREADABLE with file and line when it does not load. */
export async function importModule(path: string, shown: string): Promise<Readonly<Record<string, unknown>>> {
  // Node caches ES modules by URL and CommonJS ones by path.
  const url = `${pathToFileURL(path).href}?read=${performance.now()}`;
  delete createRequire(url).cache[path];
  return (await import(url).catch((error: unknown) => {
    throw loadError(path, shown, error);
  })) as Readonly<Record<string, unknown>>;
}

/** A file compiled from `export default` to CommonJS keeps its default export one level down. */
function unwrap(exported: unknown): unknown {
  const inner = exported as { __esModule?: unknown; default?: unknown } | null | undefined;
  return typeof exported === "object" && inner?.__esModule === true && "default" in inner ? inner.default : exported;
}

function loadError(path: string, shown: string, error: unknown): AppError {
  if (!(error instanceof Error)) return new AppError("CONFIG_UNREADABLE", `${shown}: thrown: ${String(error)}`);
  const place = placeOf(error, path);
  const message = `${showPlace(place, path, shown)}: ${error.name}: ${error.message}`;
  return new AppError("CONFIG_UNREADABLE", message, hintFor(error, place?.file ?? path), { cause: error });
}

function showPlace(place: Place | null, path: string, shown: string): string {
  if (place === null) return shown;
  return place.file === path ? `${shown}:${place.at}` : `${place.file}:${place.at}`;
}

function hintFor(error: NodeJS.ErrnoException, file: string): string | undefined {
  if (error.code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
    return "Node only strips types: write the config without enums, namespaces and parameter properties.";
  if (!MODULE_SYNTAX.test(error.message)) return undefined;
  const named = basename(file).replace(/\.[cm]?([jt]s)$/, ".m$1");
  // The extensions .cts and .cjs mean CommonJS whatever package.json says.
  if (/\.c[jt]s$/.test(file)) return `Name it ${named}.`;
  return `Set "type": "module" in package.json, or name it ${named}.`;
}

/** What Node says of a module's syntax in a file that package.json makes CommonJS. */
const MODULE_SYNTAX = /^(Cannot use import statement outside a module|Unexpected token 'export')/;
