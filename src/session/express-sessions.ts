import { StoreUnavailable } from "../store/unavailable.ts";
import type { Callback } from "./callbacks.ts";
import { ExpressAnswer, type Request } from "./express-answer.ts";
import { Outage } from "./outage.ts";
import { Recent } from "./recent.ts";
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
  /** The request that has loaded each session last. */
  readonly #requests = new Recent<WeakRef<Request>>();

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
  follow(request: Request, loaded: SessionData, session: SessionData): SessionData {
    const trace = this.#traces.get(loaded);
    if (trace === undefined) return session;
    this.#traces.set(session, trace);
    this.#requests.note(trace.id, new WeakRef(request));
    return session;
  }

  async save(id: string, session: SessionData, callback: Callback | undefined): Promise<void> {
    const text = JSON.stringify(session);
    const trace = this.#traces.get(session);
    if (trace?.id === id && isUnchanged(trace, text)) return this.#keep(id, session);
    const request = session["req"] as Request | undefined;
    const isNew = trace === undefined;
    return this.#answerable(request, callback, isNew && isBlank(session), () => this.#write(id, session, text));
  }

  /** express-session touches a session whose cookie was changed, too. */
  async touch(id: string, session: SessionData, callback: Callback | undefined): Promise<void> {
    const trace = this.#traces.get(session);
    const isSame = trace === undefined || samePromise(trace.cookie, plainCookie(session.cookie));
    return isSame ? this.#keep(id, session) : this.save(id, session, callback);
  }

  /** With `unset: "destroy"` express-session does this at the end of an answer as well. It does not say whose: the request that has no session any more. */
  async destroy(id: string, callback: Callback | undefined): Promise<void> {
    const request = this.#requests.get(id)?.deref();
    const isIts = request?.session === undefined || request.session === null;
    await this.#answerable(isIts ? request : undefined, callback, false, () => this.#sessions.destroy(id));
  }

  async all(): Promise<SessionData[]> {
    const texts = await this.#sessions.all();
    return texts.map((text) => JSON.parse(text) as SessionData);
  }

  async clear(): Promise<void> {
    await this.#sessions.clear();
  }

  /**
   * Does what the answer takes for granted, where the app is done with that answer and cannot take it back. Nothing is awaited before the answer is looked at:
   * nothing of it may be sent yet.
   */
  async #answerable(
    request: Request | undefined,
    callback: Callback | undefined,
    isBlank: boolean,
    work: () => Promise<unknown>,
  ): Promise<void> {
    const answer = request?.socket === undefined ? null : new ExpressAnswer(request, callback);
    if (answer === null) return void (await work());
    // Where nothing is lost that the client was told is kept, a failure of the store is no reason to fail the answer.
    if (!isBlank && !answer.isFailure && this.#outage.isOn() && answer.refuse()) return;
    try {
      await work();
    } catch (error) {
      if (!answer.isUnderWay) throw error;
      if (error instanceof StoreUnavailable && (isBlank || answer.isFailure)) return;
      answer.cut();
      throw error;
    }
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
