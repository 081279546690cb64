import { createRequire } from "node:module";
import { join } from "node:path";
import { AppError } from "../../errors.ts";
import type { OneTimeClient } from "./own-connection.ts";

export type CreateClient = (options: object) => OneTimeClient;

/** The client alone, and the package that brings it along. Each is its own version. */
const PACKAGES = ["@redis/client", "redis"] as const;
const OLDEST = 5;
const HINT =
  "npm install @redis/client, beside the app. Where REDIS_URL is set for something else: --store embedded, or DROVER_STORE=embedded.";

/**
 * The app's own Redis client: as its entry would find it, else as this copy of Drover does.
 *
 * @param from Files or folders (with a slash at the end) whose `require` is asked, in this order
 * @throws AppError STORE_CLIENT_MISSING
 */
export function loadRedisClient(from: readonly string[]): CreateClient {
  for (const require of from.map((place) => createRequire(place))) {
    for (const name of PACKAGES) {
      const version = versionOf(require, name);
      if (version === null) continue;
      if (Number.parseInt(version, 10) < OLDEST)
        throw new AppError("STORE_CLIENT_MISSING", `expected ${name} ${OLDEST} or later, got ${version}`, HINT);
      return (require(name) as { createClient: CreateClient }).createClient;
    }
  }
  throw new AppError("STORE_CLIENT_MISSING", "expected a Redis client beside the app, got none", HINT);
}

/** Where the app's modules are looked for. */
export function appPlaces(entry: string | undefined, cwd: string): readonly string[] {
  return [...(entry === undefined ? [] : [entry]), join(cwd, "/"), import.meta.url];
}

function versionOf(require: NodeJS.Require, name: string): string | null {
  try {
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return null;
  }
}
