import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@redis/client";
import { RedisStore } from "connect-redis";
import session from "express-session";
import { createStore } from "../../src/session/express.ts";
import type { RowId } from "./rows.ts";
import type { SessionStore } from "./workloads.ts";

/** Of a first connection, on a machine that is busy. */
const CONNECT_LIMIT_MS = 10_000;

/** As an app would, by each one's README; connected. */
export async function openSessionStore(row: RowId, url: string): Promise<SessionStore> {
  if (row !== "other") return connected(createStore(session, { url }) as unknown as SessionStore);
  const client = createClient({ url });
  await client.connect();
  return new RedisStore({ client }) as unknown as SessionStore;
}

/** Ours connects on demand, and a first call may come too early. */
async function connected(store: SessionStore): Promise<SessionStore> {
  const deadline = performance.now() + CONNECT_LIMIT_MS;
  while (!(await answers(store))) {
    if (performance.now() > deadline) throw new Error("the store does not answer");
    await delay(10);
  }
  return store;
}

function answers(store: SessionStore): Promise<boolean> {
  return new Promise((resolve) => {
    store.get("nobody's", (error) => resolve(!error));
  });
}
