import { SharedKoaStore, type KoaStore } from "./koa/store.ts";
import { openSessions, type SessionOptions } from "./sessions.ts";

/**
 * The sessions of koa-session, shared by all workers: `app.use(session({ store: createStore() }, app))`.
 * Its promises reject with StoreUnavailable, which Koa answers 503 with Retry-After.
 * @throws as openSessions does
 */
export function createStore(options: SessionOptions = {}): KoaStore {
  return new SharedKoaStore(openSessions(options), Date.now);
}
