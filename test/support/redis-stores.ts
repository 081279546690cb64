import type { TestContext } from "node:test";
import { createClient } from "@redis/client";
import { parseStoreAddress } from "../../src/protocol/store-address.ts";
import { openRedisStore, openRedisStoreOn } from "../../src/store/redis/open-redis.ts";
import type { Store } from "../../src/store/store.ts";
import { StoreUnavailable } from "../../src/store/unavailable.ts";
import { until } from "./wait.ts";

/** Under load even the first connection may take longer than a call may. */
export async function connected(store: Store): Promise<void> {
  await until(() => store.get("").then(() => true, unavailable), "the first answer");
}

/** False; what is not a StoreUnavailable is thrown. */
export function unavailable(error: unknown): false {
  if (error instanceof StoreUnavailable) return false;
  throw error;
}

/** A store, and what it has told of itself: at each edge why it is degraded, or null. */
export interface Told {
  readonly store: Store;
  readonly told: readonly (string | null)[];
}

/** A connection of its own, closed at the test's end. */
export function openOwn(t: TestContext, written: string): Told {
  const address = parseStoreAddress(written);
  if (address?.engine !== "redis") throw new Error(`expected Redis, got ${written}`);
  return closed(t, (report) => openRedisStore(address, report));
}

/** On a client of the app's, under the prefix `shop`. */
export async function openOnClient(t: TestContext, url: string): Promise<Told> {
  const client = await createClient({ url })
    .on("error", () => undefined)
    .connect();
  t.after(() => client.destroy());
  return closed(t, (report) => openRedisStoreOn(client, "shop", report));
}

function closed(t: TestContext, open: (report: (name: string, reason: string | null) => void) => Store): Told {
  const told: (string | null)[] = [];
  const store = open((_, reason) => told.push(reason));
  t.after(() => store.close());
  return { store, told };
}
