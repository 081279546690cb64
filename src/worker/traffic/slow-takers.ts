import type { Http2Session, ServerHttp2Stream } from "node:http2";
import { cutSession } from "../../server/cut-session.ts";

/** What a client must take of its answers within the limit, in bytes. */
const LEAST = 16_384;
/** For the resets to leave, in milliseconds. */
const PARTING = 2_000;
/** CANCEL of RFC 9113. */
const CANCEL = 8;

/** A session whose answers wait for its client. */
interface Waiting {
  /** Sent until `since`. */
  readonly bytes: number;
  /** On the clock of `performance.now()`. */
  readonly since: number;
  readonly isReset: boolean;
}

/**
 * Clients of HTTP/2 that ask and do not take the answers: they close the window, and the answers stay in memory. Their streams are reset; if not even that
 * gets through, the connection goes.
 */
export class SlowTakers {
  readonly #limit: number;
  readonly #waiting = new WeakMap<Http2Session, Waiting>();

  /** @param limit in milliseconds; 0: none */
  constructor(limit: number) {
    this.#limit = limit;
  }

  check(session: Http2Session, streams: readonly ServerHttp2Stream[], now: number): void {
    const waiting = streams.filter(({ writableLength, destroyed }) => writableLength > 0 && !destroyed);
    if (this.#limit === 0 || waiting.length === 0 || session.destroyed) return void this.#waiting.delete(session);
    const { bytesWritten } = session.socket;
    const before = this.#waiting.get(session);
    if (!before || bytesWritten - before.bytes >= LEAST) {
      this.#waiting.set(session, { bytes: bytesWritten, since: now, isReset: false });
    } else if (before.isReset && now - before.since >= PARTING) {
      cutSession(session);
    } else if (!before.isReset && now - before.since >= this.#limit) {
      for (const stream of waiting) stream.close(CANCEL);
      this.#waiting.set(session, { bytes: bytesWritten, since: now, isReset: true });
    }
  }
}
