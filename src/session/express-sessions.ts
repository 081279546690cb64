import type { IncomingMessage } from "node:http";
import { StoreUnavailable } from "../store/unavailable.ts";
import type { Callback } from "./callbacks.ts";
import { ExpressAnswer } from "./express-answer.ts";
import { Outage } from "./outage.ts";
import { plainCookie, renew, samePromise, timeLeft, type SessionCookie } from "./session-cookie.ts";
import type { Sessions } from "./sessions.ts";

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
  readonly #outage: Outage;
  /** By the session object, which is one request's own. */
  readonly #traces = new WeakMap<object, Trace>();

  constructor(sessions: Sessions, clock: () => number) {
    this.#sessions = sessions;
    this.#clock = clock;
    this.#outage = new Outage(() => sessions.canWrite(), clock);
  }

  async load(id: string): Promise<SessionData | null> {
    const text = await this.#sessions.read(id);
    if (text === null) return null;
    const session = JSON.parse(text) as SessionData;
    this.#traces.set(session, { id, text, cookie: { ...session.cookie } });
    renew(session.cookie, this.#clock());
    return session;
  }

  /** The request's session is made from what was loaded. */
  follow(loaded: SessionData, session: SessionData): SessionData {
    const trace = this.#traces.get(loaded);
    if (trace !== undefined) this.#traces.set(session, trace);
    return session;
  }

  // Nothing is awaited before the answer is looked at: nothing of it may be sent yet.
  async save(id: string, session: SessionData, callback: Callback | undefined): Promise<void> {
    const text = JSON.stringify(session);
    const trace = this.#traces.get(session);
    if (trace?.id === id && isUnchanged(trace, text)) return this.#keep(id, session);
    const answer = answerTo(session, callback);
    if (!answer?.isUnderWay) return this.#write(id, session, text);
    // Where nothing is lost that the client was told is kept, a save that fails is no reason to fail the answer.
    const isNoLoss = answer.isFailure || (trace === undefined && isBlank(session));
    if (!isNoLoss && this.#outage.isOn() && answer.refuse()) return;
    try {
      await this.#write(id, session, text);
    } catch (error) {
      if (isNoLoss && error instanceof StoreUnavailable) return;
      answer.cut();
      throw error;
    }
  }

  /** express-session touches a session whose cookie was changed, too. */
  async touch(id: string, session: SessionData, callback: Callback | undefined): Promise<void> {
    const trace = this.#traces.get(session);
    const isSame = trace === undefined || samePromise(trace.cookie, plainCookie(session.cookie));
    return isSame ? this.#keep(id, session) : this.save(id, session, callback);
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

  async #write(id: string, session: SessionData, text: string): Promise<void> {
    const cookie = plainCookie(session.cookie);
    this.#traces.set(session, { id, text: null, cookie });
    try {
      await this.#sessions.write(id, text, timeLeft(session.cookie, this.#clock()));
      this.#traces.set(session, { id, text, cookie });
      this.#outage.note(true);
    } catch (error) {
      this.#outage.note(!(error instanceof StoreUnavailable));
      throw error;
    }
  }

  #keep(id: string, session: SessionData): Promise<void> {
    return this.#sessions.touch(id, timeLeft(session.cookie, this.#clock()));
  }
}

function isUnchanged({ text }: Trace, after: string): boolean {
  if (text === null) return false;
  const { cookie: cookieBefore, ...before } = JSON.parse(text) as SessionData;
  const { cookie: cookieAfter, ...now } = JSON.parse(after) as SessionData;
  return JSON.stringify(before) === JSON.stringify(now) && samePromise(cookieBefore, cookieAfter);
}

function isBlank(session: SessionData): boolean {
  return Object.keys(session).every((name) => name === "cookie");
}

/** `null` for a session that belongs to no request. */
function answerTo({ req }: SessionData, callback: Callback | undefined): ExpressAnswer | null {
  const request = req as IncomingMessage | undefined;
  return request?.socket === undefined ? null : new ExpressAnswer(request, callback);
}
