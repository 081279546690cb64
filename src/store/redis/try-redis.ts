import type { RedisAddress } from "../../protocol/store-address.ts";
import { appPlaces } from "./load-client.ts";
import { ownConnections } from "./open-redis.ts";
import { CONNECT_WAIT } from "./own-connection.ts";
import { reasonFor } from "./reason.ts";

/**
 * Connects once, as a worker of that app would, and asks for nothing. Answers why that cannot be, in a few words without a password; null: it can.
 * @param cwd The app's folder
 * @throws AppError STORE_CLIENT_MISSING
 */
export async function tryRedis(address: RedisAddress, entry: string, cwd: string): Promise<string | null> {
  const connect = ownConnections(address, appPlaces(entry, cwd));
  const { promise, resolve } = Promise.withResolvers<string | null>();
  // It also holds the process, which a connection does not.
  const late = setTimeout(() => resolve("no answer in time"), 2 * CONNECT_WAIT);
  const connection = connect({ onReady: () => resolve(null), onFailed: (error) => resolve(reasonFor(error)) });
  connection.open();
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    connection.close();
  }
}
