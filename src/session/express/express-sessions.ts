import type { ServerResponse } from "node:http";
import { isUnavailable } from "../../store/unavailable.ts";
import { isBlank } from "../blank.ts";
import { plainCookie, renew, samePromise, timeLeft, type SessionCookie } from "../session-cookie.ts";
import type { Sessions } from "../sessions.ts";

/** A session as express-session gives and takes it. */
export interface SessionData {
  cookie: SessionCookie;
  readonly [name: string]: unknown;
}

/** What a request has last read or written: only what it changes against this is written. */
interface Trace {
  readonly id: string;
  /** `null`: not known, since a write failed. */
  readonly text: string | null;
  readonly cookie: SessionCookie;
}

/** What express-session's store does, in promises. */
export class ExpressSessions {
  readonly #sessions: Sessions;
  readonly #clock: () => number;
  /**
   * Under this name the session object, which is one request's own, carries its trace; nobody sees it who lists, copies or writes the object. (A WeakMap would cost
   * five times as much, on each request.)
   */
  readonly #trace = Symbol("drover.trace");

  constructor(sessions: Sessions, clock: () => number) {
    this.#sessions = sessions;
    this.#clock = clock;
  }

  async load(id: string): Promise<SessionData | null> {
    const text = await this.#sessions.read(id);
    if (text === null) return null;
    const session = JSON.parse(text) as SessionData;
    this.#leaveTrace(session, { id, text, cookie: { ...session.cookie } });
    renew(session.cookie, this.#clock());
    return session;
  }

  /** The request's session is made from what was loaded. */
  follow(loaded: SessionData, session: SessionData): SessionData {
    const trace = this.#traceOf(loaded);
    if (trace !== undefined) this.#leaveTrace(session, trace);
    return session;
  }

  async save(id: string, session: SessionData): Promise<void> {
    const trace = this.#traceOf(session);
    if (trace?.id === id && isUnchanged(trace, session)) return this.#keep(id, session);
    const losesNothing = trace === undefined && isBlank(session);
    try {
      await this.#write(id, session);
    } catch (error) {
      if (isUnavailable(error) && !losesNothing) cutPromise(session);
      throw error;
    }
  }

  /** express-session touches a session whose cookie was changed, too. */
  async touch(id: string, session: SessionData): Promise<void> {
    const trace = this.#traceOf(session);
    const isSame = trace === undefined || samePromise(trace.cookie, session.cookie);
    return isSame ? this.#keep(id, session) : this.save(id, session);
  }

  async destroy(id: string): Promise<void> {
    await this.#sessions.destroy(id);
  }

  async all(): Promise<SessionData[]> {
    const texts = await this.#sessions.all();
    return texts.map((text) => JSON.parse(text) as SessionData);
  }

  async clear(): Promise<void> {
    await this.#sessions.clear();
  }

  async #write(id: string, session: SessionData): Promise<void> {
    const text = JSON.stringify(session);
    const cookie = plainCookie(session.cookie);
    this.#leaveTrace(session, { id, text: null, cookie });
    await this.#sessions.write(id, text, timeLeft(session.cookie, this.#clock()));
    this.#leaveTrace(session, { id, text, cookie });
  }

  #traceOf(session: object): Trace | undefined {
    return (session as { readonly [trace: symbol]: Trace })[this.#trace];
  }

  /** A frozen session has none, and is written each time. */
  #leaveTrace(session: object, value: Trace): void {
    Reflect.defineProperty(session, this.#trace, { value, writable: true, configurable: true });
  }

  #keep(id: string, session: SessionData): Promise<void> {
    return this.#sessions.touch(id, timeLeft(session.cookie, this.#clock()));
  }
}

/** Its contents are written as they were, but for the cookie's, whose end moves by itself. */
function isUnchanged({ text, cookie }: Trace, session: SessionData): boolean {
  return text === JSON.stringify({ ...session, cookie }) && samePromise(cookie, session.cookie);
}

/**
 * express-session has sent the head of an answer, and most of its body, before it knows whether the session is saved, and then sends the rest all the same: a client
 * would read "welcome" and not be logged in. No client takes half an answer for a whole one. An app that saves by itself before it answers hears of the failure
 * instead, and what says already that something did not work promises nothing. Once an answer is out, its connection may be another request's.
 */
function cutPromise(session: SessionData): void {
  const { res } = (session["req"] ?? {}) as { readonly res?: ServerResponse };
  if (res?.headersSent === true && !res.writableFinished && res.statusCode < 400) res.destroy();
}
