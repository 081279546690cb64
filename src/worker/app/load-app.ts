import Module from "node:module";
import { pathToFileURL } from "node:url";
import type { Boot } from "../../protocol/ipc.ts";

/** What an entry exported. A CommonJS module's `module.exports` is `default`. */
export type Exports = Readonly<Record<string, unknown>>;

/**
 * Runs the entry as Node itself would run its main file, so that `require.main === module` and `import.meta.main` hold in the app,
 * and answers what it exports.
 */
export async function loadApp({ entry, entryAsGiven }: Pick<Boot, "entry" | "entryAsGiven">): Promise<Exports> {
  process.argv[1] = entryAsGiven;
  (Module as unknown as { runMain(entry: string): void }).runMain(entry);
  return (await import(pathToFileURL(entry).href)) as Exports;
}

/** Names under which an app is looked for, in this order. */
const NAMES = ["default", "module.exports", "app", "server", "handler"] as const;

/** The exported values that may be an app. TypeScript compiled to CommonJS keeps its default export one level deeper. */
export function candidates(exports: Exports): readonly unknown[] {
  const inner = exports["default"];
  const nested = isObject(inner) && inner["__esModule"] === true ? NAMES.map((name) => inner[name]) : [];
  const named = isObject(inner) ? NAMES.map((name) => inner[name]) : [];
  return [...nested, ...NAMES.map((name) => exports[name]), ...named].filter((value) => value !== undefined);
}

/** For the message when nothing among them can be served. */
export function exportNames(exports: Exports): readonly string[] {
  return Object.keys(exports).filter((name) => name !== "module.exports" && !isEmpty(exports[name]));
}

function isObject(value: unknown): value is Exports {
  return typeof value === "object" && value !== null;
}

/** A CommonJS file that exports nothing has an empty object as its default. */
function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}
