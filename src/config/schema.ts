import type { JsonSchema } from "./kinds.ts";
import type { Option } from "./option.ts";
import { optionRows } from "./options.ts";

/** JSON Schema 2020-12 of a config file. */
export function configSchema(): JsonSchema {
  const root: Record<string, unknown> = {};
  for (const [key, option] of optionRows()) {
    const [first = key, second] = key.split(".");
    if (second === undefined) root[first] = property(option);
    else root[first] = objectOf({ ...propertiesOf(root[first]), [second]: property(option) });
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Drover configuration",
    ...objectOf({ $schema: { type: "string" }, ...root, apps: appsSchema(Object.keys(root)) }),
  };
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

function propertiesOf(schema: unknown): JsonSchema {
  return (schema as { properties?: JsonSchema } | undefined)?.properties ?? {};
}
