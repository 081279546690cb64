import type { Config } from "../../config/config.ts";
import { LOCK_FILES, type PackageFacts } from "./install.ts";

/** What the app's author should know and no file says; for a person, one a line. */
export function remarksOf(config: Config, facts: PackageFacts, mounted: readonly string[]): readonly string[] {
  const loader = missingLoader(config, facts);
  return [
    ...(loader === null
      ? []
      : [
          `${loader} is among devDependencies, and so not in the image. If the app's TypeScript needs it: move it to dependencies, or add a build script and start what it makes`,
        ]),
    ...(facts.dependencies.length === 0 || facts.files.some((file) => LOCK_FILES.includes(file))
      ? []
      : ["there is no lock file: each build installs what is newest then. npm install --package-lock-only makes one"]),
    ...(mounted.length === 0 ? [] : [`user 1000, the container's, has to be able to read ${mounted.join(", ")}`]),
  ];
}

/** Those that Drover finds by itself. */
const LOADERS = ["tsx", "@oxc-node/core"] as const;

function missingLoader({ entry, nodeOptions }: Config, facts: PackageFacts): string | null {
  if (LOADERS.some((loader) => facts.dependencies.includes(loader))) return null;
  const isTypeScript = /\.[cm]?tsx?$/.test(entry);
  const isWanted = (loader: string): boolean => isTypeScript || nodeOptions.some((option) => option.includes(loader));
  return LOADERS.find((loader) => facts.devDependencies.includes(loader) && isWanted(loader)) ?? null;
}
