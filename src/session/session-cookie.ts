/** The cookie inside a session, as express-session and @fastify/session write it. */
export interface SessionCookie {
  /** Milliseconds the client was promised, from each request on; `null`: no such promise. */
  readonly originalMaxAge?: number | null;
  /** The end as of the last time it was written. */
  expires?: string | Date | boolean | null;
  /** @fastify/session: the `expires` that it was read with. */
  readonly originalExpires?: string | Date | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** express-session reads the clock twice when it renews a cookie, so that its maximal age shrinks now and then by what lay between. */
const TREMBLE = 50;

/** Milliseconds until the cookie's end; `null`: it names none. NaN where it is no date. */
export function timeLeft(cookie: SessionCookie | undefined, now: number): number | null {
  const end = cookie?.expires;
  return end instanceof Date || typeof end === "string" ? new Date(end).getTime() - now : null;
}

/**
 * A session is not written anew when it only lives on, so that the end inside it stays behind. Where the cookie's age counts from each request, this one makes
 * the end what this request makes of it.
 */
export function renew(cookie: SessionCookie | undefined, now: number): void {
  const age = cookie?.originalMaxAge;
  if (cookie?.expires && typeof age === "number") cookie.expires = new Date(now + age);
}

/** The cookie as it would be written. */
export function plainCookie(cookie: SessionCookie | undefined): SessionCookie {
  return JSON.parse(JSON.stringify(cookie ?? {})) as SessionCookie;
}

/** What belongs to the end, and is compared as such. */
const OF_THE_END: ReadonlySet<string> = new Set(["originalMaxAge", "expires", "originalExpires"]);

/**
 * Whether a cookie promises what another one did. Where the age counts from each request, the end that follows from it is no difference.
 * @param before A plain one
 */
export function samePromise(before: SessionCookie, cookie: SessionCookie | undefined): boolean {
  const after = fieldsOf(cookie);
  if (!hasFieldsOf(before, after) || !hasFieldsOf(after, before)) return false;
  const { originalMaxAge: ageBefore = null } = before;
  const { originalMaxAge: ageAfter = null } = after;
  if (ageBefore === null || ageAfter === null) return ageBefore === ageAfter && endOf(before) === endOf(after);
  return Math.abs(ageBefore - ageAfter) <= TREMBLE;
}

/** express-session's cookie is an object that says itself what is written of it. */
function fieldsOf(cookie: (SessionCookie & { readonly toJSON?: () => SessionCookie }) | undefined): SessionCookie {
  return cookie?.toJSON?.() ?? cookie ?? {};
}

function hasFieldsOf(one: SessionCookie, other: SessionCookie): boolean {
  const [there, wanted] = [one as Fields, other as Fields];
  return Object.keys(wanted).every((name) => OF_THE_END.has(name) || there[name] === wanted[name]);
}

/** As it is written. */
function endOf({ expires }: SessionCookie): unknown {
  return expires instanceof Date ? expires.toJSON() : expires;
}
