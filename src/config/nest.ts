type Tree = { [key: string]: unknown };

/** `tls.acme.email` → 1 becomes `{ tls: { acme: { email: 1 } } }`. */
export function nest(values: ReadonlyMap<string, unknown>): object {
  const root: Tree = {};
  for (const [key, value] of values) {
    const path = key.split(".");
    const last = path.pop() ?? key;
    const section = path.reduce<Tree>((inner, name) => (inner[name] ??= {}) as Tree, root);
    section[last] = value;
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
