import { StoreUnavailable } from "../store/unavailable.ts";
import { tell, type Callback } from "./callbacks.ts";
import { Recent } from "./recent.ts";
import { plainCookie, renew, samePromise, timeLeft, type SessionCookie } from "./session-cookie.ts";
import { openSessions, type SessionOptions, type Sessions } from "./sessions.ts";

/** A session as @fastify/session hands it to its store. */
interface FastifySession {
  readonly cookie: SessionCookie;
  /** Against what it was made from; the cookie does not count. */
  isModified(): boolean;
}

/** What @fastify/session asks of its store. */
export interface FastifyStore {
  set(id: string, session: object, callback: (error?: unknown) => void): void;
  // oxlint-disable-next-line typescript/no-explicit-any -- the app says what is in its sessions, by declaring it to Fastify
  get(id: string, callback: (error: unknown, session?: any) => void): void;
  destroy(id: string, callback: (error?: unknown) => void): void;
}

/** Milliseconds within which Fastify saves a session again, for the answer that says that saving it failed. */
const SAME_ANSWER = 1000;

/**
 * Sessions that all workers share, for @fastify/session (11 or later): `app.register(session, { store: createStore(), … })`.
 *
 * A request that cannot have its session, or whose session cannot be saved, because the store is away, is answered 503 with Retry-After.
 * @throws AppError STORE_INVALID, STORE_UNSUPPORTED, STORE_CLIENT_MISSING; TypeError for a `ttl` that is none. A store that is merely away is no error here.
 */
export function createStore(options?: SessionOptions): FastifyStore {
  return storeOn(openSessions(options));
}

/** The same, on these sessions. */
export function storeOn(sessions: Sessions, clock: () => number = Date.now): FastifyStore {
  const inner = new FastifySessions(sessions, clock);
  return {
    get: (id, callback) => tell(shown(inner.load(id)), callback),
    set: (id, session, callback: Callback) => tell(shown(inner.save(id, session as FastifySession)), callback),
    destroy: (id, callback: Callback) => tell(shown(inner.destroy(id)), callback),
  };
}

class FastifySessions {
  readonly #sessions: Sessions;
  readonly #clock: () => number;
  /**
   * The cookies of the sessions that this worker has read or written. A session whose cookie is not known is written; one that was destroyed meanwhile stays
   * known, or a request that changed nothing would bring it back.
   */
  readonly #cookies = new Recent<SessionCookie>();
  readonly #failures = new WeakMap<FastifySession, { readonly at: number; readonly error: StoreUnavailable }>();

  constructor(sessions: Sessions, clock: () => number) {
    this.#sessions = sessions;
    this.#clock = clock;
  }

  async load(id: string): Promise<unknown> {
    const text = await this.#sessions.read(id);
    if (text === null) return null;
    const session = JSON.parse(text) as { cookie: SessionCookie };
    this.#cookies.note(id, { ...session.cookie });
    renew(session.cookie, this.#clock());
    return session;
  }

  /** Called at the end of every request that has a session, where `rolling` is not switched off. */
  async save(id: string, session: FastifySession): Promise<void> {
    const ttl = timeLeft(session.cookie, this.#clock());
    const known = this.#cookies.get(id);
    const cookie = plainCookie(session.cookie);
    const isSame = known !== undefined && !session.isModified() && samePromise(known, cookie);
    if (isSame) return this.#sessions.touch(id, ttl);
    const failure = this.#failures.get(session);
    if (failure !== undefined && this.#clock() - failure.at < SAME_ANSWER) throw failure.error;
    try {
      await this.#sessions.write(id, JSON.stringify(session), ttl);
      this.#cookies.note(id, cookie);
    } catch (error) {
      this.#cookies.forget(id);
      if (!(error instanceof StoreUnavailable)) throw error;
      // A new session with nothing in it is no reason to fail the answer: nothing is lost.
      if (known === undefined && isBlank(session)) return;
      this.#failures.set(session, { at: this.#clock(), error });
      throw error;
    }
  }

  async destroy(id: string): Promise<void> {
    await this.#sessions.destroy(id);
  }
}

function isBlank(session: FastifySession): boolean {
  return Object.keys(session).every((name) => name === "cookie");
}

/** Fastify sends an error's message to the client. Ours names hosts and files: it goes to the log, as the cause. */
async function shown<Value>(promise: Promise<Value>): Promise<Value> {
  try {
    return await promise;
  } catch (cause) {
    if (!(cause instanceof StoreUnavailable)) throw cause;
    const { code, statusCode, headers } = cause;
    throw Object.assign(new Error("sessions are not available for now", { cause }), { code, statusCode, headers });
  }
}
