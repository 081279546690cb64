import type { JsonSchema } from "./kinds.ts";
import { nest } from "./nest.ts";
import type { Option } from "./option.ts";
import { isOptionKey, optionRows } from "./options.ts";

/** JSON Schema 2020-12 of a config file. */
export function configSchema(): JsonSchema {
  const tree = nest(new Map(optionRows().map(([key, option]) => [key, property(option)])));
  const root = Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, section(key, value)]));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Drover configuration",
    ...objectOf({ $schema: { type: "string" }, ...root, apps: appsSchema(Object.keys(root)) }),
  };
}

/** An option as it is, or a section of them. */
function section(key: string, value: JsonSchema): JsonSchema {
  if (isOptionKey(key)) return value;
  const inner = Object.entries(value).map(([name, schema]) => [name, section(`${key}.${name}`, schema as JsonSchema)]);
  return objectOf(Object.fromEntries(inner) as JsonSchema);
}

/** Each app takes the options that the file takes. */
function appsSchema(keys: readonly string[]): JsonSchema {
  const properties = Object.fromEntries(keys.map((key) => [key, { $ref: `#/properties/${key}` }]));
  return {
    description: "several apps, each with a primary of its own; the options outside are for all of them",
    type: "object",
    minProperties: 1,
    additionalProperties: objectOf(properties),
  };
}

function property(option: Option<unknown>): JsonSchema {
  const described = { description: option.help, ...option.kind.schema };
  return option.computed === undefined ? { ...described, default: option.default } : described;
}

function objectOf(properties: JsonSchema): JsonSchema {
  return { type: "object", additionalProperties: false, properties };
}
