import { livingEnd } from "../living-end.ts";
import type { Sessions } from "../sessions.ts";

/** What koa-session says about the life of a session: milliseconds, or as long as the browser is open. */
type MaxAge = number | "session" | undefined;

/** A session as koa-session stores it: the app's own fields and how long it lives. */
interface KoaSession {
  /** When it ends, in milliseconds since 1970. */
  _expire?: number | undefined;
  _maxAge?: number | undefined;
  /** It lives as long as the browser is open. */
  _session?: boolean | undefined;
  [field: string]: unknown;
}

interface Details {
  readonly rolling?: boolean | undefined;
  readonly ctx?: Context | undefined;
}

type Context = object & { readonly sessionOptions?: { readonly renew?: boolean | undefined } | undefined };

/** What koa-session (6 and 7) wants as its `store`. */
export interface KoaStore {
  get(key: string, maxAge: MaxAge, details: Details): Promise<KoaSession | undefined>;
  set(key: string, session: KoaSession, maxAge: MaxAge, details: Details): Promise<void>;
  destroy(key: string): Promise<void>;
}

/** What a request knows to be stored, and under which key. */
interface Known {
  readonly key: string;
  readonly content: string;
}

export class SharedKoaStore implements KoaStore {
  readonly #sessions: Sessions;
  readonly #now: () => number;
  /** By request, so that one never takes what another read or wrote for its own. */
  readonly #known = new WeakMap<Context, Known>();

  constructor(sessions: Sessions, now: () => number) {
    this.#sessions = sessions;
    this.#now = now;
  }

  async get(key: string, _maxAge: MaxAge, details: Details): Promise<KoaSession | undefined> {
    const text = await this.#sessions.read(key);
    if (text === null) return undefined;
    const session = JSON.parse(text) as KoaSession;
    this.#remember(key, session, details);
    // koa-session says nothing more about a session that it does not save, and this one is saved only when it changes.
    if (session._session) await this.#sessions.touch(key);
    if (slides(details)) keepAlive(session, this.#now());
    return session;
  }

  async set(key: string, session: KoaSession, maxAge: MaxAge, details: Details): Promise<void> {
    const ttl = typeof maxAge === "number" ? maxAge : null;
    if (slides(details) && this.#isKnown(key, session, details)) return this.#sessions.touch(key, ttl);
    await this.#sessions.write(key, JSON.stringify(session), ttl);
    this.#remember(key, session, details);
  }

  async destroy(key: string): Promise<void> {
    await this.#sessions.destroy(key);
  }

  #remember(key: string, session: KoaSession, { ctx }: Details): void {
    if (ctx) this.#known.set(ctx, { key, content: contentOf(session) });
  }

  /** Compared here, because koa-session also says `changed: false` of a session that changed and whose maxAge was set, or that was saved by hand. */
  #isKnown(key: string, session: KoaSession, { ctx }: Details): boolean {
    const known = ctx && this.#known.get(ctx);
    return known?.key === key && known.content === contentOf(session);
  }
}

/** Whether use prolongs a session. Where it does not, its `_expire` is the exact end, and a save by hand must move it. */
function slides({ rolling, ctx }: Details): boolean {
  return rolling === true || ctx?.sessionOptions?.renew === true;
}

function contentOf({ _expire, ...content }: KoaSession): string {
  return JSON.stringify(content);
}

/** That it seems to end soon makes koa-session's `renew` prolong it. */
function keepAlive(session: KoaSession, now: number): void {
  const { _expire, _maxAge = 0 } = session;
  if (_expire !== undefined) session._expire = livingEnd(_expire, now, _maxAge / 10);
}
