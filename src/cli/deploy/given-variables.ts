import { optionRows } from "../../config/options.ts";
import type { Resolution } from "../../config/resolve.ts";

/** The variables that have set options, by name, but for secrets: everybody may read where they are written down. */
export function givenVariables({ origins }: Resolution, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const given = optionRows().flatMap(([key, { env: name, secret }]) =>
    name !== null && secret !== true && origins[key] === `env ${name}` ? [[name, env[name] ?? ""]] : [],
  );
  return Object.fromEntries(given) as Record<string, string>;
}
