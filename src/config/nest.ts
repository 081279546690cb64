/** `timeouts.drain` → 1 becomes `{ timeouts: { drain: 1 } }`. */
export function nest(values: ReadonlyMap<string, unknown>): object {
  const root: Record<string, unknown> = {};
  for (const [key, value] of values) {
    const [first = key, second] = key.split(".");
    if (second === undefined) root[first] = value;
    else root[first] = { ...(root[first] as object | undefined), [second]: value };
  }
  return root;
}

export function freezeDeep<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === "object" && inner !== null && !Object.isFrozen(inner)) freezeDeep(inner);
  }
  return Object.freeze(value);
}

/** The value of a dotted key in a nested object. */
export function optionValue(config: object, key: string): unknown {
  return key.split(".").reduce<unknown>((inner, name) => (inner as Readonly<Record<string, unknown>>)[name], config);
}
