import type { Resolved } from "../config/config.ts";
import { AppError } from "../errors.ts";
import { problemWith } from "../placement/choose-place.ts";
import { lookAt, type Owner } from "../placement/look-at.ts";
import { placeStore, type PlacedStore } from "../placement/place-store.ts";
import { identify, ownerOf } from "../primary/workers/identity.ts";
import { parseStoreAddress } from "../protocol/store-address.ts";
import { appPlaces, loadRedisClient } from "../store/redis/load-client.ts";
import { sqliteVersion } from "../store/sqlite/node-sqlite.ts";
import { losesCommits, refusal } from "../store/sqlite/sqlite-version.ts";
import type { Check } from "./doctor-checks.ts";

const NAME = "store";

/** Where the workers would keep what they share, and whether they could. Warnings only: nobody can tell here whether the app needs it. Nothing is created to find out. */
export function checkStore(resolved: Resolved, env: NodeJS.ProcessEnv): readonly Check[] {
  const { config } = resolved;
  try {
    const owner = ownerOf(identify(config.user, config.group));
    const store = placeStore({ store: config.store, name: config.name, owner }, env, true);
    return [...checkRedisUrl(resolved, env), checkPlace(resolved, store, owner)];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Without its user the app cannot start.
    return [{ name: "user", state: "problem", message: error.message, ...(error.hint && { fix: error.hint }) }];
  }
}

function checkRedisUrl({ config, origins }: Resolved, env: NodeJS.ProcessEnv): readonly Check[] {
  const isSet = Boolean(env["REDIS_URL"] || config.env["REDIS_URL"]);
  if (!isSet || origins["store"] !== "default") return [];
  const message = "REDIS_URL is no address that Drover understands: the store is embedded";
  return [{ name: NAME, state: "warning", message, fix: "Name a store with --store: embedded, if that is right." }];
}

function checkPlace({ config }: Resolved, { address, shown, warning }: PlacedStore, owner: Owner): Check {
  const parsed = parseStoreAddress(address);
  if (parsed?.engine === "redis") return checkClient(shown, config.entry, config.cwd);
  const sqlite = sqliteVersion();
  if (losesCommits(sqlite)) return warn(refusal(sqlite, process.version));
  if (warning !== null) return { name: NAME, state: "warning", ...warning };
  const file = parsed?.engine === "sqlite" ? parsed.path : "";
  const problem = problemWith(lookAt({ file, volatile: false }, owner, true));
  if (problem === null) return { name: NAME, state: "ok", message: shown };
  return { name: NAME, state: "warning", message: `${file} ${problem}`, fix: "Choose another with --store." };
}

function checkClient(shown: string, entry: string, cwd: string): Check {
  try {
    loadRedisClient(appPlaces(entry, cwd));
    return { name: NAME, state: "ok", message: shown };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return warn(error);
  }
}

function warn({ message, hint }: AppError): Check {
  return { name: NAME, state: "warning", message, ...(hint !== undefined && { fix: hint }) };
}
