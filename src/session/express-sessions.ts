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
  /**
   * Under this name the session object, which is one request's own, carries its trace; nobody sees it who lists, copies or writes the object. (A WeakMap would cost
   * five times as much, on each request.)
   */
  readonly #trace = Symbol("drover.trace");
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
    this.#leaveTrace(session, { id, text, cookie: { ...session.cookie } });
    renew(session.cookie, this.#clock());
    return session;
  }

  /** The request's session is made from what was loaded. */
  follow(request: Request, loaded: SessionData, session: SessionData): SessionData {
    const trace = this.#traceOf(loaded);
    if (trace === undefined) return session;
    this.#leaveTrace(session, trace);
    this.#requests.note(trace.id, new WeakRef(request));
    return session;
  }

  async save(id: string, session: SessionData, callback: Callback | undefined): Promise<void> {
    const trace = this.#traceOf(session);
    if (trace?.id === id && isUnchanged(trace, session)) return this.#keep(id, session);
    const text = JSON.stringify(session);
    const request = session["req"] as Request | undefined;
    const isNew = trace === undefined;
    return this.#answerable(request, callback, isNew && isBlank(session), () => this.#write(id, session, text));
  }

  /** express-session touches a session whose cookie was changed, too. */
  async touch(id: string, session: SessionData, callback: Callback | undefined): Promise<void> {
    const trace = this.#traceOf(session);
    const isSame = trace === undefined || samePromise(trace.cookie, session.cookie);
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
    this.#leaveTrace(session, { id, text: null, cookie });
    try {
      await this.#sessions.write(id, text, timeLeft(session.cookie, this.#clock()));
      this.#leaveTrace(session, { id, text, cookie });
      this.#outage.note(true);
    } catch (error) {
      this.#outage.note(!(error instanceof StoreUnavailable));
      throw error;
    }
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

function isBlank(session: SessionData): boolean {
  return Object.keys(session).every((name) => name === "cookie");
}
