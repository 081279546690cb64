import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readPackage } from "../../config/package-json.ts";
import { readTextIfThere } from "../../config/read-text.ts";
import type { PackageFacts } from "../../deploy/docker/install.ts";
import { AppError } from "../../errors.ts";

/** @throws AppError USAGE for a folder without a package.json */
export function lookAtPackage(folder: string): PackageFacts {
  const found = readPackage(folder);
  if (found === null) {
    const hint = "Call it in the folder that holds the app's package.json.";
    throw new AppError("USAGE", `expected a package.json in ${folder}, got none that can be read`, hint);
  }
  return {
    engines: textIn(found.engines, "node"),
    packageManager: textIn(found, "packageManager"),
    scripts: namesIn(found.scripts),
    dependencies: namesIn(found.dependencies),
    devDependencies: namesIn(found.devDependencies),
    files: readdirSync(folder),
    ignored: readTextIfThere(join(folder, ".dockerignore")),
  };
}

function textIn(holder: unknown, key: string): string | null {
  const value = typeof holder === "object" && holder !== null ? (holder as Record<string, unknown>)[key] : null;
  return typeof value === "string" ? value : null;
}

function namesIn(holder: unknown): readonly string[] {
  return typeof holder === "object" && holder !== null ? Object.keys(holder) : [];
}
