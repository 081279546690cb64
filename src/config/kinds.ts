/** A fragment of JSON Schema 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly expected: string; readonly got: unknown };

/**
 * What an option may hold. A value comes as text from flags and environment variables, and as text or its real type from files.
 */
export interface Kind<T> {
  readonly schema: JsonSchema;
  parse(value: unknown): Parsed<T>;
  /** Makes the paths in a value absolute: in a file they are relative to the file, elsewhere to the folder Drover was started in. */
  rebase(value: T, folder: string): T;
  /** As help, docs and `config print` write it; `none` for null and for empty lists. */
  show(value: T): string;
}

/** A kind whose `read` answers undefined for what is not of it. `more` replaces the plain ways to rebase and to show a value. */
export function kind<T>(
  expected: string,
  schema: JsonSchema,
  read: (value: unknown) => T | undefined,
  more: Partial<Pick<Kind<T>, "rebase" | "show">> = {},
): Kind<T> {
  return {
    schema,
    parse(value) {
      const parsed = read(value);
      return parsed === undefined ? { ok: false, expected, got: value } : { ok: true, value: parsed };
    },
    rebase: (value) => value,
    show: String,
    ...more,
  };
}

export function text(expected: string): Kind<string> {
  return kind(expected, { type: "string", minLength: 1 }, readText);
}

export function wholeNumber(what: string, min: number, max: number): Kind<number> {
  const schema = {
    anyOf: [
      { type: "integer", minimum: min, maximum: max },
      { type: "string", pattern: "^[0-9]+$" },
    ],
  };
  return kind(`${what} from ${min} to ${max}`, schema, (value) => {
    const number = typeof value === "string" && /^\d+$/.test(value.trim()) ? Number(value) : value;
    return typeof number === "number" && Number.isInteger(number) && number >= min && number <= max
      ? number
      : undefined;
  });
}

export function choice<const T extends string>(words: readonly T[]): Kind<T> {
  const expected = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return kind(expected, { enum: words }, (value) => words.find((word) => word === value));
}

export function boolean(): Kind<boolean> {
  return kind("true or false", { anyOf: [{ type: "boolean" }, { enum: ["true", "false", "1", "0"] }] }, (value) => {
    if (typeof value === "boolean") return value;
    if (value === "true" || value === "1") return true;
    if (value === "false" || value === "0") return false;
    return undefined;
  });
}

export function orNull<T>(inner: Kind<T>): Kind<T | null> {
  return {
    schema: { anyOf: [inner.schema, { type: "null" }] },
    parse: (value) => (value === null ? { ok: true, value } : inner.parse(value)),
    rebase: (value, folder) => (value === null ? value : inner.rebase(value, folder)),
    show: (value) => (value === null ? "none" : inner.show(value)),
  };
}

export function orWord<T, const W extends string>(word: W, inner: Kind<T>): Kind<T | W> {
  return {
    schema: { anyOf: [{ const: word }, inner.schema] },
    parse(value) {
      if (value === word) return { ok: true, value: word };
      const parsed = inner.parse(value);
      return parsed.ok ? parsed : { ...parsed, expected: `"${word}" or ${parsed.expected}` };
    },
    rebase: (value, folder) => (value === word ? value : inner.rebase(value as T, folder)),
    show: (value) => (value === word ? word : inner.show(value as T)),
  };
}

export function readText(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** A number or a boolean where text is wanted is what YAML makes of `DEBUG: 1`. */
export function readScalar(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
