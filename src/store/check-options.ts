import type { StoreOptions } from "./open.ts";

/** Of every door. */
const OF_THE_STORE = ["url", "client", "prefix"] as const satisfies readonly (keyof StoreOptions)[];

/**
 * Types are not there at run time: what is no object of options would silently be taken for none, and so would a name with a typing error.
 * @param example Options as they are written: `{ ttl: "12h" }`
 * @param names Those that the options may have
 * @throws TypeError
 */
export function checkOptions(options: unknown, example: string, names: readonly string[]): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new TypeError(`expected options such as ${example}, got ${kindOf(options)}`);
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`expected no options but ${names.join(", ")}, got ${JSON.stringify(unknown)}`);
}

/** The same for options that name a store as well. */
export function checkStoreOptions(options: unknown, example: string, names: readonly string[] = []): void {
  checkOptions(options, example, [...names, ...OF_THE_STORE]);
}

/** Never the thing itself: a store's address may hold a password. */
export function kindOf(thing: unknown): string {
  if (thing === null || thing === undefined) return String(thing);
  if (Array.isArray(thing)) return "an array";
  return typeof thing === "object" ? "an object" : `a ${typeof thing}`;
}
