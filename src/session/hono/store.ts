import { livingEnd } from "../living-end.ts";
import type { Sessions } from "../sessions.ts";
import { answerable, orAnswer } from "./answerable.ts";

/** A session as hono-sessions has it in hand. */
interface SessionData {
  /** The session's id in clear: never stored. */
  _id?: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- as in hono-sessions: the values are the app's
  _data: Record<string, { value: any; flash: boolean }>;
  /** When it ends, as an ISO date; null: the app set no `expireAfterSeconds`. */
  _expire: string | null;
  _delete: boolean;
  _accessed: string | null;
}

/** What hono-sessions wants as its `store`. */
export interface HonoStore {
  getSessionById(id?: string): Promise<SessionData | null>;
  createSession(id: string, session: SessionData): Promise<void>;
  persistSessionData(id: string, session: SessionData): Promise<void>;
  deleteSession(id: string): Promise<void>;
}

/** In milliseconds: long enough for the middleware to take a session as alive, too short to be a life. */
const A_MOMENT = 1000;

/**
 * Keeps no session of a visitor for whom the app stores nothing, though hono-sessions creates and saves one for each, and writes none that did not change, though
 * it saves all of them on each request.
 */
export class SharedHonoStore implements HonoStore {
  readonly #sessions: Sessions;
  readonly #now: () => number;
  /** What the store had of a session. hono-sessions hands the object that it got back to be saved, so that each request has its own. */
  readonly #read = new WeakMap<SessionData, string>();

  constructor(sessions: Sessions, now: () => number) {
    this.#sessions = sessions;
    this.#now = now;
  }

  async getSessionById(id?: string): Promise<SessionData | null> {
    if (!id) return null;
    try {
      const text = await this.#sessions.read(id);
      if (text === null) return null;
      const session = JSON.parse(text) as SessionData;
      this.#read.set(session, contentOf(session));
      keepAlive(session, this.#now());
      return session;
    } catch (error) {
      return unreadable(answerable(error));
    }
  }

  async createSession(id: string, session: SessionData): Promise<void> {
    if (contentOf(session) !== NOTHING) await this.#write(id, session);
  }

  async persistSessionData(id: string, session: SessionData): Promise<void> {
    const content = contentOf(session);
    const read = this.#read.get(session) ?? NOTHING;
    if (content !== read) await this.#write(id, session);
    else if (this.#read.has(session)) await this.#sessions.touch(id, this.#ttl(session));
  }

  async deleteSession(id: string): Promise<void> {
    await orAnswer(this.#sessions.destroy(id));
  }

  async #write(id: string, { _id, ...session }: SessionData): Promise<void> {
    await orAnswer(this.#sessions.write(id, JSON.stringify(session), this.#ttl(session)));
  }

  /** Null: as long as the store's own `ttl` says. */
  #ttl({ _expire }: SessionData): number | null {
    return _expire === null ? null : Date.parse(_expire) - this.#now();
  }
}

const NOTHING = "{}";

function contentOf({ _data }: SessionData): string {
  return JSON.stringify(_data);
}

function keepAlive(session: SessionData, now: number): void {
  const { _expire } = session;
  if (_expire !== null) session._expire = new Date(livingEnd(Date.parse(_expire), now, A_MOMENT)).toISOString();
}

/**
 * A session that cannot be looked at. hono-sessions takes a store that fails for one that has no such session, and would log the visitor out by giving him another;
 * it looks at what it got outside of that `try`, and there the failure surfaces.
 */
function unreadable(error: unknown): SessionData {
  const fail = {
    enumerable: true,
    get: (): never => {
      throw error;
    },
  };
  return Object.defineProperties({} as SessionData, { _data: fail, _expire: fail, _delete: fail, _accessed: fail });
}
