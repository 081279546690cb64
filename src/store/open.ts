import { AppError } from "../errors.ts";
import { parseStoreAddress, showStoreAddress, STORE_ENV, STORE_EXPECTED } from "../protocol/store-address.ts";
import { openSqliteStore } from "./sqlite/sqlite-store.ts";
import type { Store } from "./store.ts";

/** Which store is meant. Without any of it: the app's own, as `drover --store`, `DROVER_STORE` or `REDIS_URL` say. */
export interface StoreOptions {
  /** Another store than the app's: `redis://host:6379/0?prefix=shop`, `sqlite:/srv/shop/store.db`. */
  readonly url?: string | undefined;
}

/** A process has one connection to each store, even where two copies of Drover are installed or two doors lead to it. */
const OPENED = Symbol.for("drover.stores");
type Opened = Map<string, Store>;

/**
 * Opens the store, or answers the one that this process has opened already.
 * @throws AppError STORE_INVALID, STORE_UNSUPPORTED or STORE_CLIENT_MISSING: mistakes that time does not heal. A store that is merely away is no error here.
 */
export function openStore({ url }: StoreOptions = {}, env: NodeJS.ProcessEnv = process.env): Store {
  const written = url || env[STORE_ENV] || env["REDIS_URL"] || "memory:";
  const opened = ((globalThis as { [OPENED]?: Opened })[OPENED] ??= new Map<string, Store>());
  const store = opened.get(written) ?? open(written);
  opened.set(written, store);
  return store;
}

function open(written: string): Store {
  const address = parseStoreAddress(written);
  if (address === null)
    throw new AppError("STORE_INVALID", `expected ${STORE_EXPECTED}, got another text`, "Set DROVER_STORE.");
  switch (address.engine) {
    case "memory":
    case "sqlite":
      return openSqliteStore(address, showStoreAddress(address));
    case "redis":
      throw new AppError("STORE_INVALID", "Redis is not there yet");
  }
}
