import { sharedStorage, type HonoMiddleware } from "./hono/request-storage.ts";
import { SharedHonoStore, type HonoStore } from "./hono/store.ts";
import { openSessions, type SessionOptions } from "./sessions.ts";

/**
 * The sessions of hono-sessions, shared by all workers: `app.use(sessionMiddleware({ store: createStore(), … }))`.
 * A store that is away makes Hono answer 503 with Retry-After.
 * @throws as openSessions does
 */
export function createStore(options: SessionOptions = {}): HonoStore {
  return new SharedHonoStore(openSessions(options), Date.now);
}

/**
 * The sessions of @hono/session, shared by all workers: `app.use(useSessionStorage(), useSession())`. It takes the place of the function of the same name in
 * @hono/session, which would neither wait for what is written nor hear that it failed. A session lives for `ttl` after it was last used: give it at least what the
 * cookie lives.
 * @throws as openSessions does
 */
export function useSessionStorage(options: SessionOptions = {}): HonoMiddleware {
  return sharedStorage(openSessions(options));
}
