import { type TestContext } from "node:test";
import { createClient } from "@redis/client";
import { parseStoreAddress } from "../../../src/protocol/store-address.ts";
import { openRedisStore, openRedisStoreOn } from "../../../src/store/redis/open-redis.ts";
import type { Store } from "../../../src/store/store.ts";
import { type Redis, startRedis } from "../../support/redis.ts";
import { behaviour, type Pair } from "../behaviour.ts";

behaviour("the Redis engine over TCP", (t) => pair(t, async ({ url }) => open(`${url}/3?prefix=shop`)));
behaviour("the Redis engine over a unix socket", (t) =>
  pair(t, async ({ unixUrl }) => open(`${unixUrl}?prefix=a*[b]`)),
);
behaviour("the Redis engine on a client of the app's", (t) => pair(t, ({ url }) => onClient(t, url)));

async function pair(t: TestContext, open: (redis: Redis) => Promise<Store>): Promise<Pair> {
  const redis = await startRedis(t);
  if (redis === undefined) throw new Error("no redis-server");
  const [store, sibling] = await Promise.all([open(redis), open(redis)]);
  t.after(() => Promise.all([store.close(), sibling.close()]));
  return { store, sibling };
}

function open(written: string): Store {
  const address = parseStoreAddress(written);
  if (address?.engine !== "redis") throw new Error(`not Redis: ${written}`);
  return openRedisStore(address);
}

async function onClient(t: TestContext, url: string): Promise<Store> {
  const client = await createClient({ url }).connect();
  t.after(() => client.destroy());
  return openRedisStoreOn(client, "shop");
}
