/** The ids that a list such as `a,b` names, in the order they are known in; all without a list. */
export function pick<Id extends string>(
  list: string | undefined,
  known: Readonly<Record<Id, unknown>>,
  what: string,
): Id[] {
  const ids = Object.keys(known) as Id[];
  const wanted = list?.split(",") ?? ids;
  const unknown = wanted.filter((name) => !ids.includes(name as Id));
  if (unknown.length > 0) throw new Error(`unknown ${what} ${unknown.join(", ")}; there are ${ids.join(", ")}`);
  return ids.filter((id) => wanted.includes(id));
}
