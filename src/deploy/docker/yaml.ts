/** A text of YAML, in quotes; Compose leaves it as it is. */
export function scalar(value: string): string {
  return JSON.stringify(value.replaceAll("$", "$$$$"));
}

/** Every line, but the empty ones, so many spaces further in. */
export function indent(text: string, spaces: number): string {
  return text.replaceAll(/^(?=.)/gm, " ".repeat(spaces));
}

export function list(items: readonly string[]): string {
  return items.map((item) => `  - ${item}`).join("\n");
}

/** Values are YAML already. */
export function map(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([name, value]) => `  ${name}: ${value}`)
    .join("\n");
}
