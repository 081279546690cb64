import type { Http2Session, ServerHttp2Stream } from "node:http2";
import { cutSession } from "../../server/cut-session.ts";

/** Of answers that wait for clients of HTTP/2, a worker keeps so much, in bytes. One session alone may hold half of it: see http2-options.ts. */
const MOST = 134_217_728;
/** How long a client is watched before its pace is known, in milliseconds. */
const LOOK = 5_000;
/** Who goes on at its pace and will have taken everything within this is a slow reader and no hoarder. Milliseconds. */
const PATIENCE = 300_000;

export interface Holder {
  /** Bytes that wait for it. */
  readonly held: number;
  /** Bytes per millisecond; null: not known yet. */
  readonly pace: number | null;
}

/** Who has to go, so that the others hold no more than is allowed: those who would take longest, first. */
export function hoardersAmong<Someone extends Holder>(holders: readonly Someone[]): readonly Someone[] {
  let excess = holders.reduce((sum, { held }) => sum + held, -MOST);
  if (excess <= 0) return [];
  const going: Someone[] = [];
  const suspects = holders.filter(({ held, pace }) => pace !== null && pace * PATIENCE < held);
  for (const suspect of suspects.toSorted((one, other) => share(one) - share(other) || other.held - one.held)) {
    if (excess <= 0) break;
    excess -= suspect.held;
    going.push(suspect);
  }
  return going;
}

/** Of what it holds, taken in a millisecond. */
function share({ held, pace }: Holder): number {
  return (pace ?? 0) / held;
}

interface Watched {
  /** Sent until `since`. */
  readonly bytes: number;
  /** On the clock of `performance.now()`. */
  readonly since: number;
  readonly pace: number | null;
}

/** Clients of HTTP/2 that together ask for more than the worker can hold, and take nothing, or next to nothing, of it: their connections are cut. */
export class Hoarders {
  readonly #watched = new WeakMap<Http2Session, Watched>();

  check(sessions: Iterable<readonly [Http2Session, readonly ServerHttp2Stream[]]>, now: number): void {
    const holders: (Holder & { readonly session: Http2Session })[] = [];
    for (const [session, streams] of sessions) {
      const held = streams.reduce((sum, { writableLength }) => sum + writableLength, 0);
      if (held === 0 || session.destroyed) this.#watched.delete(session);
      else holders.push({ session, held, pace: this.#paceOf(session, now) });
    }
    for (const { session } of hoardersAmong(holders)) cutSession(session);
  }

  #paceOf(session: Http2Session, now: number): number | null {
    const { bytesWritten } = session.socket;
    const before = this.#watched.get(session) ?? { bytes: bytesWritten, since: now, pace: null };
    const isKnown = now - before.since >= LOOK;
    const pace = isKnown ? (bytesWritten - before.bytes) / (now - before.since) : before.pace;
    this.#watched.set(session, isKnown ? { bytes: bytesWritten, since: now, pace } : before);
    return pace;
  }
}
