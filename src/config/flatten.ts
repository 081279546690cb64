import { nearest } from "./nearest.ts";
import { isOptionKey, optionRows } from "./options.ts";
import { showType, showValue } from "./show.ts";

interface Flattened {
  /** By option key, unchecked. */
  readonly values: ReadonlyMap<string, unknown>;
  /** The first key that no option has. */
  readonly problem: Problem | undefined;
}

interface Problem {
  readonly path: readonly string[];
  readonly message: string;
  readonly hint: string;
}

/** `{ timeouts: { drain: 1 } }` → `timeouts.drain` → 1. Null stays: it is a value of some options. */
export function flatten(content: object): Flattened {
  const entries = expand([], content);
  const values = new Map<string, unknown>();
  let problem: Problem | undefined;
  for (const { path, value } of entries) {
    const key = path.join(".");
    if (value === undefined || key === "$schema") continue;
    if (isOptionKey(key) && !path[0]?.includes(".")) values.set(key, value);
    else problem ??= complain(path, value);
  }
  return { values, problem };
}

interface Entry {
  readonly path: readonly string[];
  readonly value: unknown;
}

function expand(path: readonly string[], value: unknown): readonly Entry[] {
  const isInside = path.length === 0 || isSection(path.join("."));
  if (!isInside || typeof value !== "object" || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => expand([...path, key], inner));
}

function isSection(key: string): boolean {
  return optionRows().some(([option]) => option.startsWith(`${key}.`));
}

function holdsSecrets(section: string): boolean {
  return optionRows().some(([option, { secret }]) => secret && option.startsWith(`${section}.`));
}

function complain(path: readonly string[], value: unknown): Problem {
  const key = path.join(".");
  if (isSection(key)) {
    const got = holdsSecrets(key) ? showType(value) : showValue(value);
    return { path, message: `expected an object in ${key}, got ${got}`, hint: `Write ${key}: ${inside(key, value)}.` };
  }
  return { path, message: `expected an option, got the unknown key "${key}"`, hint: suggestion(key) };
}

/** `{ mode: "dev" }` for the "dev" of somebody who wrote `tls: "dev"`. */
function inside(section: string, value: unknown): string {
  const meant = optionRows().find(
    ([key, { kind }]) => key.startsWith(`${section}.`) && "enum" in kind.schema && kind.parse(value).ok,
  );
  return meant === undefined ? "{ … }" : `{ ${meant[0].slice(section.length + 1)}: ${showValue(value)} }`;
}

/** The key that was meant: nearly the same, or the same without its section (`drain` for `timeouts.drain`). */
function suggestion(key: string): string {
  const path = key.split(".");
  const inner = path.pop() ?? key;
  if (isOptionKey(key))
    return `Write ${path.map((name) => `${name}: { `).join("")}${inner}: …${" }".repeat(path.length)}.`;
  const keys = optionRows().map(([option]) => option);
  const sections = keys.flatMap((option) => option.split(".").slice(0, -1));
  const meant = keys.find((option) => option.endsWith(`.${inner}`)) ?? nearest(key, [...keys, ...new Set(sections)]);
  return meant === undefined ? "`drover config schema` lists the options." : `Did you mean "${meant}"?`;
}
