import type { Config, Resolved } from "../../config/config.ts";
import { AppError } from "../../errors.ts";
import type { Owner } from "../../placement/look-at.ts";
import { placeStore, type PlacedStore } from "../../placement/place-store.ts";
import { identify, ownerOf } from "../../primary/workers/identity.ts";
import { parseStoreAddress, type RedisAddress } from "../../protocol/store-address.ts";
import { tryRedis } from "../../store/redis/try-redis.ts";
import { sqliteVersion } from "../../store/sqlite/node-sqlite.ts";
import { losesCommits, refusal } from "../../store/sqlite/sqlite-version.ts";
import type { Check } from "./checks.ts";
import { problemWithFile } from "./store-file.ts";

const NAME = "store";

/** Where the workers would keep what they share, and whether they could. Warnings only: nobody can tell here whether the app needs it. Nothing is created to find out. */
export async function checkStore(resolved: Resolved, env: NodeJS.ProcessEnv): Promise<readonly Check[]> {
  const { config } = resolved;
  try {
    const owner = ownerOf(identify(config.user, config.group));
    const store = placeStore({ store: config.store, name: config.name, owner }, env, true);
    return [...checkRedisUrl(resolved, env), await checkPlace(resolved, store, owner)];
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

async function checkPlace({ config }: Resolved, placed: PlacedStore, owner: Owner): Promise<Check> {
  const { address, shown, warning } = placed;
  const parsed = parseStoreAddress(address);
  if (parsed?.engine === "redis") return await checkRedis(parsed, shown, config);
  const sqlite = sqliteVersion();
  if (losesCommits(sqlite)) return warn(refusal(sqlite, process.version));
  if (warning !== null) return { name: NAME, state: "warning", ...warning };
  const file = parsed?.engine === "sqlite" ? parsed.path : "";
  const problem = problemWithFile(file, owner);
  if (problem === null) return { name: NAME, state: "ok", message: shown };
  return { name: NAME, state: "warning", message: `${file} ${problem}`, fix: "Choose another with --store." };
}

async function checkRedis(address: RedisAddress, shown: string, { entry, cwd }: Config): Promise<Check> {
  try {
    const reason = await tryRedis(address, entry, cwd);
    if (reason === null) return { name: NAME, state: "ok", message: `${shown} answers` };
    return { name: NAME, state: "warning", message: `${shown}: ${reason}`, fix: AWAY };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return warn(error);
  }
}

const AWAY = "Start it or mend the address: until then requests that need the store are answered 503.";

function warn({ message, hint }: AppError): Check {
  return { name: NAME, state: "warning", message, ...(hint !== undefined && { fix: hint }) };
}
