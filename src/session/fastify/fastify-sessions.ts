import { isUnavailable, type StoreUnavailable } from "../../store/unavailable.ts";
import { isBlank } from "../blank.ts";
import { plainCookie, renew, samePromise, timeLeft, type SessionCookie } from "../session-cookie.ts";
import type { Sessions } from "../sessions.ts";

/** A session as @fastify/session hands it to its store: an object of one request's own. */
export interface FastifySession {
  readonly cookie: SessionCookie;
  /** Against what it was made from, or last saved as; the cookie does not count. */
  isModified(): boolean;
}

/** Under which id a request has read or written its session, and with which cookie. */
interface Trace {
  readonly id: string;
  readonly cookie: SessionCookie;
}

/** Milliseconds within which Fastify saves a session again, for the answer that says that saving it failed. */
const SAME_ANSWER = 1000;

/** What @fastify/session's store does, in promises. */
export class FastifySessions {
  readonly #sessions: Sessions;
  readonly #clock: () => number;
  /** Under this name a session carries its trace, and so does the cookie that it is made with. */
  readonly #trace = Symbol("drover.trace");
  readonly #failures = new WeakMap<FastifySession, { readonly at: number; readonly error: StoreUnavailable }>();

  constructor(sessions: Sessions, clock: () => number) {
    this.#sessions = sessions;
    this.#clock = clock;
  }

  async load(id: string): Promise<unknown> {
    const text = await this.#sessions.read(id);
    if (text === null) return null;
    const session = JSON.parse(text) as { cookie: SessionCookie };
    const trace: Trace = { id, cookie: { ...session.cookie } };
    renew(session.cookie, this.#clock());
    return { ...session, cookie: { ...session.cookie, [this.#trace]: trace } };
  }

  /** Called at the end of every request that has a session, where `rolling` is not switched off. */
  async save(id: string, session: FastifySession): Promise<void> {
    const ttl = timeLeft(session.cookie, this.#clock());
    const trace = this.#traceOf(session);
    const failure = this.#failures.get(session);
    // What failed may have been written all the same.
    if (failure === undefined && isUnchanged(session, id, trace)) return this.#sessions.touch(id, ttl);
    if (failure !== undefined && this.#clock() - failure.at < SAME_ANSWER) throw failure.error;
    try {
      const cookie = plainCookie(session.cookie);
      await this.#sessions.write(id, JSON.stringify(session), ttl);
      this.#failures.delete(session);
      Reflect.defineProperty(session, this.#trace, { value: { id, cookie }, configurable: true });
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      // A new session with nothing in it is no reason to fail the answer: nothing is lost.
      if (trace?.id !== id && isBlank(session)) return;
      this.#failures.set(session, { at: this.#clock(), error });
      throw error;
    }
  }

  async destroy(id: string): Promise<void> {
    await this.#sessions.destroy(id);
  }

  /** From 11.1.2 on @fastify/session keeps the cookie that a session was made with, and what it carries, in a field that only it can name. */
  #traceOf(session: FastifySession): Trace | undefined {
    const fields = session as unknown as Readonly<Record<symbol, Readonly<Record<symbol, Trace>> | null | undefined>>;
    const own = fields[this.#trace] as Trace | undefined;
    if (own !== undefined) return own;
    const holder = Object.getOwnPropertySymbols(session).find((field) => fields[field]?.[this.#trace] !== undefined);
    return holder && fields[holder]?.[this.#trace];
  }
}

/**
 * Without a trace (an earlier @fastify/session) only a change of the cookie is not seen: new sessions are empty, so that what is full and not modified was
 * read. It must not be written: meanwhile it may have ended, or been changed.
 */
function isUnchanged(session: FastifySession, id: string, trace: Trace | undefined): boolean {
  if (session.isModified()) return false;
  return trace?.id === id ? samePromise(trace.cookie, session.cookie) : !isBlank(session);
}
