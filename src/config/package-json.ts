import { dirname, join } from "node:path";
import { readTextIfThere } from "./read-text.ts";

interface Package {
  readonly name?: unknown;
  readonly main?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
  readonly engines?: unknown;
  readonly dependencies?: unknown;
  readonly devDependencies?: unknown;
}

/** The package.json in a folder; null when there is none, or none that parses: it is the package manager's to complain. */
export function readPackage(folder: string): Package | null {
  try {
    const parsed: unknown = JSON.parse(readTextIfThere(join(folder, "package.json")) ?? "null");
    return typeof parsed === "object" ? parsed : null;
  } catch {
    return null;
  }
}

/** The name in the nearest package.json that has one, upwards from a folder. Those without one only set a module type. */
export function packageName(folder: string): string | null {
  const name = readPackage(folder)?.name;
  if (typeof name === "string" && name !== "") return name;
  const parent = dirname(folder);
  return parent === folder ? null : packageName(parent);
}
