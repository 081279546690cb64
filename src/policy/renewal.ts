/** Times are milliseconds, moments are of the epoch. `random` is from 0 up to 1: a machine with many certificates, and many machines, must not ask all at once. */

export interface Renewable {
  readonly notBefore: number;
  readonly notAfter: number;
  /** The authority's own wish (ARI), where it has one. */
  readonly window: { readonly start: number; readonly end: number } | null;
  readonly random: number;
}

/** Of the lifetime. A certificate for 90 days is renewed after 58 to 62, one for 6 days after 3.9 to 4.1. */
const DUE = 2 / 3;
const JITTER = 1 / 20;
/** Of the lifetime: whatever the authority wishes, the rest is left for attempts that fail. */
const LATEST = 0.9;

/** When to renew. A moment that has passed means now. */
export function renewAt({ notBefore, notAfter, window, random }: Renewable): number {
  const lifetime = notAfter - notBefore;
  const due = window
    ? window.start + random * (window.end - window.start)
    : notBefore + lifetime * (DUE + (random - 0.5) * JITTER);
  return Math.min(due, notBefore + lifetime * LATEST);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const FIRST_WAIT = 5 * MINUTE;
const GROWTH = 3;
const LONGEST_WAIT = 6 * HOUR;
/** The longest wait where no time is left. Authorities allow about five failed proofs of a name an hour. */
const URGENT_WAIT = 30 * MINUTE;
/** At least so many attempts in the time that is left. */
const ATTEMPTS_LEFT = 10;
/** Nobody is kept waiting for longer by a wrong Retry-After. */
const LONGEST_WISH = 24 * HOUR;
/** After a certificate was given, used or not: so one a day at most. Authorities give about five a week for the same names. */
export const AFTER_ISSUE = 24 * HOUR;

export interface Serving {
  /** Of the certificate that serves meanwhile; 0: there is none, or it has expired. */
  readonly lifetimeLeft: number;
  /** The authority gave a certificate, and it is not used. */
  readonly isIssued: boolean;
}

/**
 * How long to wait for the next attempt.
 *
 * @param failures In a row, at least 1
 * @param asked The authority's Retry-After
 */
export function retryAfter(
  failures: number,
  asked: number | null,
  random: number,
  { lifetimeLeft, isIssued }: Serving,
): number {
  const patience = Math.min(Math.max(lifetimeLeft / ATTEMPTS_LEFT, URGENT_WAIT), LONGEST_WAIT);
  const own = Math.min(FIRST_WAIT * GROWTH ** (failures - 1), patience);
  const wish = Math.min(asked ?? 0, LONGEST_WISH);
  return Math.max(own, wish, isIssued ? AFTER_ISSUE : 0) * (1 + random / 10);
}

/** It outlives the process that waits, and clocks are set meanwhile. */
export interface Wait {
  readonly since: number;
  readonly ms: number;
}

export const NO_WAIT: Wait = { since: 0, ms: 0 };

export function endOf({ since, ms }: Wait): number {
  return since + ms;
}

/** A beginning that is still to come was told by a clock that was wrong: the wait begins anew, and ends. */
export function anchor({ since, ms }: Wait, now: number): Wait {
  return { since: Math.min(since, now), ms };
}
