import type { IncomingMessage } from "node:http";
import { kindOf } from "../store/check-options.ts";
import { tell, type Callback } from "./callbacks.ts";
import { ExpressSessions, type SessionData } from "./express/express-sessions.ts";
import { openSessions, type SessionOptions, type Sessions } from "./sessions.ts";

/** The app's own express-session (1.17 or later). */
export interface ExpressSession<Base> {
  readonly Store: abstract new () => Base;
}

/** What the store adds to express-session's own `Store`. */
export interface ExpressStore {
  /** `null`: there is none. */
  get(id: string, callback: Callback<SessionData | null>): void;
  set(id: string, session: object, callback?: Callback): void;
  touch(id: string, session: object, callback?: Callback): void;
  destroy(id: string, callback?: Callback): void;
  /** All sessions, without their ids: the store does not know them. Reads each of them. */
  all(callback: Callback<SessionData[]>): void;
  length(callback: Callback<number>): void;
  /** Ends all sessions. */
  clear(callback?: Callback): void;
}

/**
 * Sessions that all workers share, for express-session: `session({ store: createStore(session), … })`.
 *
 * A request that cannot have its session, because the store is away, ends with a StoreUnavailable: Express answers 503 with Retry-After.
 * @throws AppError STORE_INVALID, STORE_UNSUPPORTED, STORE_CLIENT_MISSING; TypeError without express-session, for options that are none and for a `ttl` that is none. A store that is merely away is no error here.
 */
export function createStore<Base>(session: ExpressSession<Base>, options?: SessionOptions): Base & ExpressStore {
  checkSession(session);
  return storeOn(session, openSessions(options));
}

/** The other doors take only options: it is easily forgotten. */
function checkSession(session: unknown): void {
  if (typeof (session as Partial<ExpressSession<unknown>> | null | undefined)?.Store === "function") return;
  throw new TypeError(
    `expected the app's express-session first, got ${kindOf(session)}: write createStore(session) or createStore(session, { ttl: "12h" })`,
  );
}

/** The same, on these sessions. */
export function storeOn<Base>(
  session: ExpressSession<Base>,
  sessions: Sessions,
  clock: () => number = Date.now,
): Base & ExpressStore {
  const inner = new ExpressSessions(sessions, clock);

  class DroverStore extends (session.Store as unknown as new () => StoreBase) implements ExpressStore {
    get(id: string, callback: Callback<SessionData | null>): void {
      tell(inner.load(id), callback);
    }

    set(id: string, session: SessionData, callback?: Callback): void {
      tell(inner.save(id, session), callback);
    }

    touch(id: string, session: SessionData, callback?: Callback): void {
      tell(inner.touch(id, session), callback);
    }

    destroy(id: string, callback?: Callback): void {
      tell(inner.destroy(id), callback);
    }

    all(callback: Callback<SessionData[]>): void {
      tell(inner.all(), callback);
    }

    length(callback: Callback<number>): void {
      tell(sessions.count(), callback);
    }

    clear(callback?: Callback): void {
      tell(inner.clear(), callback);
    }

    override createSession(request: IncomingMessage, data: SessionData): SessionData {
      return inner.follow(data, super.createSession(request, data));
    }
  }
  return new DroverStore() as unknown as Base & ExpressStore;
}

/** What is needed of express-session's own. */
interface StoreBase {
  createSession(request: IncomingMessage, data: SessionData): SessionData;
}
