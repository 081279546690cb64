import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { AppError } from "../errors.ts";

/**
 * The default export of a config module. Read anew each time, so that a reload sees what has changed; what it imports stays as it was.
 * Throws CONFIG_UNREADABLE with file and line when the module does not load.
 */
export async function importConfig(path: string, shown: string): Promise<unknown> {
  // Node caches ES modules by URL and CommonJS ones by path.
  const url = `${pathToFileURL(path).href}?read=${performance.now()}`;
  delete createRequire(url).cache[path];
  const module = (await import(url).catch((error: unknown) => {
    throw loadError(path, shown, error);
  })) as Readonly<Record<string, unknown>>;
  if ("default" in module) return unwrap(module["default"]);
  const names = Object.keys(module).join(", ") || "nothing";
  throw new AppError(
    "CONFIG_INVALID",
    `${shown}: expected a default export, got ${names}`,
    "Write `export default defineConfig({ … })`.",
  );
}

/** A file compiled from `export default` to CommonJS keeps its default export one level down. */
function unwrap(exported: unknown): unknown {
  const inner = exported as { __esModule?: unknown; default?: unknown } | null | undefined;
  return typeof exported === "object" && inner?.__esModule === true && "default" in inner ? inner.default : exported;
}

function loadError(path: string, shown: string, error: unknown): AppError {
  if (!(error instanceof Error)) return new AppError("CONFIG_UNREADABLE", `${shown}: thrown: ${String(error)}`);
  const message = `${placeOf(error, path, shown)}: ${error.name}: ${error.message}`;
  return new AppError("CONFIG_UNREADABLE", message, hintFor(error), { cause: error });
}

function hintFor(error: NodeJS.ErrnoException): string | undefined {
  if (error.code !== "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") return undefined;
  return "Node only strips types: write the config without enums, namespaces and parameter properties.";
}

/** Node puts the place of most syntax errors in the first line of the stack, and that of a thrown error in its frames. */
function placeOf(error: Error, path: string, shown: string): string {
  const stack = error.stack ?? "";
  const place = headPlace(stack) ?? framePlace(stack) ?? (error.name === "SyntaxError" ? checkedPlace(path) : null);
  if (place === null) return shown;
  return place.file === path ? `${shown}:${place.at}` : `${place.file}:${place.at}`;
}

interface Place {
  readonly file: string;
  /** Line, or line and column. */
  readonly at: string;
}

function headPlace(stack: string): Place | null {
  return toPlace(/^((?:file:|\/|[A-Za-z]:\\)[^\n]*?):(\d+)\n/.exec(stack));
}

function framePlace(stack: string): Place | null {
  return toPlace(/^ +at (?:.* \(|async )?((?:file:\/\/)?\/.*?):(\d+:\d+)\)?$/m.exec(stack));
}

/** Only `node --check` tells where a syntax error of a JavaScript ES module is: the error we catch has no place. */
function checkedPlace(path: string): Place | null {
  return headPlace(spawnSync(process.execPath, ["--check", path], { encoding: "utf8" }).stderr);
}

function toPlace(match: RegExpExecArray | null): Place | null {
  const [, file = "", at = ""] = match ?? [];
  if (file === "") return null;
  return { file: file.startsWith("file:") ? fileURLToPath(file.replace(/\?.*$/, "")) : file, at };
}
