import { tell, type Callback } from "./callbacks.ts";
import { FastifySessions, type FastifySession } from "./fastify/fastify-sessions.ts";
import { forClients } from "./fastify/for-clients.ts";
import { openSessions, type SessionOptions, type Sessions } from "./sessions.ts";

/** What @fastify/session asks of its store. */
export interface FastifyStore {
  set(id: string, session: object, callback: (error?: unknown) => void): void;
  // oxlint-disable-next-line typescript/no-explicit-any -- the app says what is in its sessions, by declaring it to Fastify
  get(id: string, callback: (error: unknown, session?: any) => void): void;
  destroy(id: string, callback: (error?: unknown) => void): void;
}

/**
 * Sessions that all workers share, for @fastify/session (11; 11.1.3 or later): `app.register(session, { store: createStore(), … })`.
 *
 * A request that cannot have its session, or whose session cannot be saved, because the store is away, is answered 503 with Retry-After.
 * @throws AppError STORE_INVALID, STORE_UNSUPPORTED, STORE_CLIENT_MISSING; TypeError for options that are none and for a `ttl` that is none. A store that is merely away is no error here.
 */
export function createStore(options?: SessionOptions): FastifyStore {
  return storeOn(openSessions(options));
}

/** The same, on these sessions. */
export function storeOn(sessions: Sessions, clock: () => number = Date.now): FastifyStore {
  const inner = new FastifySessions(sessions, clock);
  return {
    get: (id, callback) => tell(forClients(inner.load(id)), callback),
    set: (id, session, callback: Callback) => tell(forClients(inner.save(id, session as FastifySession)), callback),
    destroy: (id, callback: Callback) => tell(forClients(inner.destroy(id)), callback),
  };
}
