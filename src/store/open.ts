import { AppError } from "../errors.ts";
import {
  parseStoreAddress,
  readStoreAddress,
  showStoreAddress,
  STORE_ENV,
  STORE_EXPECTED,
} from "../protocol/store-address.ts";
import type { RedisClient } from "./redis/connection.ts";
import { openRedisStore, openRedisStoreOn, STANDARD_PREFIX } from "./redis/open-redis.ts";
import { openSqliteStore } from "./sqlite/sqlite-store.ts";
import type { Store } from "./store.ts";

/** Which store is meant. Without any of it: the app's own, as `drover --store`, `DROVER_STORE` or `REDIS_URL` say. */
export interface StoreOptions {
  /** Another store than the app's: `redis://host:6379/0?prefix=shop`, `sqlite:/srv/shop/store.db`. */
  readonly url?: string | undefined;
  /** A Redis client of the app's own instead, of `@redis/client` or `redis` 5 or later, for one server: the app connects and closes it. */
  readonly client?: RedisClient | undefined;
  /** With `client`: what the keys begin with, before a colon. Default `drover`. */
  readonly prefix?: string | undefined;
}

/** The word for the store that Drover keeps. */
const EMBEDDED = "embedded";

/** A process has one connection to each store, even where two copies of Drover are installed or two doors lead to it. */
const OPENED = Symbol.for("drover.stores");
/** By the app's own client, or by null, and then by what tells its stores apart. */
type Opened = Map<RedisClient | null, Map<string, Store>>;

/**
 * Opens the store, or answers the one that this process has opened already.
 * @throws AppError STORE_INVALID, STORE_UNSUPPORTED or STORE_CLIENT_MISSING: mistakes that time does not heal. A store that is merely away is no error here.
 */
export function openStore(options: StoreOptions = {}, env: NodeJS.ProcessEnv = process.env): Store {
  const { client, prefix } = options;
  if (client !== undefined) return once(client, prefix ?? STANDARD_PREFIX, (name) => openRedisStoreOn(client, name));
  if (options.url) return once(null, options.url, open);
  const own = env[STORE_ENV];
  if (own === EMBEDDED) return once(null, `${STORE_ENV}=${own}`, openInMemory);
  if (own) return once(null, own, open);
  const foreign = env["REDIS_URL"];
  return foreign ? once(null, `REDIS_URL=${foreign}`, () => openForeign(foreign)) : once(null, "memory:", open);
}

function once(client: RedisClient | null, key: string, open: (key: string) => Store): Store {
  const opened = ((globalThis as { [OPENED]?: Opened })[OPENED] ??= new Map() as Opened);
  const stores = opened.get(client) ?? new Map<string, Store>();
  opened.set(client, stores);
  const store = stores.get(key) ?? open(key);
  stores.set(key, store);
  return store;
}

/** As Drover does: it is often set for other purposes. */
function openForeign(written: string): Store {
  if (parseStoreAddress(written) !== null) return once(null, written, open);
  warn("REDIS_URL is no address that Drover understands");
  return once(null, "memory:", open);
}

/** Only Drover knows where the embedded one is. */
function openInMemory(): Store {
  warn("DROVER_STORE=embedded is kept by Drover, and this process runs without it");
  return once(null, "memory:", open);
}

function warn(why: string): void {
  process.emitWarning(
    `${why}: the store is in the memory of this process. Name one with DROVER_STORE.`,
    "DroverWarning",
  );
}

function open(written: string): Store {
  const address = readStoreAddress(written);
  if (typeof address === "string") {
    const fault = address === "" ? "" : ` (${address})`;
    throw new AppError("STORE_INVALID", `expected ${STORE_EXPECTED}${fault}, got another text`, "Set DROVER_STORE.");
  }
  switch (address.engine) {
    case "memory":
    case "sqlite":
      return openSqliteStore(address, showStoreAddress(address));
    case "redis":
      return openRedisStore(address);
  }
}
