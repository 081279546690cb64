import { type TestContext } from "node:test";
import { connected, openOnClient, openOwn, type Told } from "../../support/redis-stores.ts";
import { type Redis, startRedis } from "../../support/redis.ts";
import { behaviour, type Pair } from "../behaviour.ts";

behaviour("the Redis engine over TCP", (t) => pair(t, async ({ url }) => openOwn(t, `${url}/3?prefix=shop`)));
behaviour("the Redis engine over a unix socket", (t) =>
  pair(t, async ({ unixUrl }) => openOwn(t, `${unixUrl}?prefix=a*[b]`)),
);
behaviour("the Redis engine on a client of the app's", (t) => pair(t, ({ url }) => openOnClient(t, url)));

async function pair(t: TestContext, open: (redis: Redis) => Promise<Told>): Promise<Pair> {
  const redis = await startRedis(t);
  if (redis === undefined) throw new Error("no redis-server");
  const [{ store }, { store: sibling }] = await Promise.all([open(redis), open(redis)]);
  await Promise.all([connected(store), connected(sibling)]);
  return { store, sibling };
}
