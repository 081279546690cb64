import type { ServerHttp2Session } from "node:http2";
import type { Server } from "node:net";
import { cutSession } from "./cut-session.ts";
import { CHECK_INTERVAL, type HttpLimits } from "./limits.ts";

export type SessionLimits = Pick<HttpLimits, "keepAlive" | "headers">;

/** What is known of a session, on the clock of `performance.now()`. */
export interface SessionFacts {
  /** The client's SETTINGS have come: it speaks HTTP/2. */
  readonly isGreeted: boolean;
  readonly streams: number;
  /** Since when it has had no stream: at first since it was opened. */
  readonly idleSince: number;
  /** Bytes have come, and of no stream: half a frame, or one that needs no stream. */
  readonly isTalking: boolean;
  /** When it was asked to answer a PING that it has not answered yet. */
  readonly askedAt: number | null;
  /** When it was told to go. */
  readonly toldAt: number | null;
}

/** `ask`: by a PING. `tell`: by a GOAWAY. `cut`: at once. */
export type Verdict = "keep" | "ask" | "tell" | "cut";

/** How long a client that was told to go may take to close the connection. Milliseconds. */
const PARTING = 2_000;

/**
 * Node has no limits for HTTP/2 sessions that do nothing. A limit of 0 is none, as with HTTP/1.
 *
 * Between the frames of one block of headers nothing else may come. So whoever sends headers without end cannot answer a PING, and everybody else can.
 */
export function judge(facts: SessionFacts, { keepAlive, headers }: SessionLimits, now: number): Verdict {
  const { isGreeted, streams, idleSince, isTalking, askedAt, toldAt } = facts;
  const isOver = (since: number, limit: number): boolean => limit > 0 && now - since >= limit;
  if (streams > 0) return "keep";
  if (toldAt !== null) return now - toldAt >= PARTING ? "cut" : "keep";
  if (!isGreeted) return isOver(idleSince, headers) ? "cut" : "keep";
  if (askedAt !== null && isOver(askedAt, headers)) return "cut";
  if (isOver(idleSince, keepAlive)) return "tell";
  return isTalking && askedAt === null ? "ask" : "keep";
}

/** Ends sessions of an HTTP/2 server that say nothing, or nothing of use, for too long. */
export function limitSessions(server: Server, limits: SessionLimits): void {
  const lives = new Set<SessionLife>();
  let checks: NodeJS.Timeout | undefined;
  const check = (): void => {
    const now = performance.now();
    for (const life of lives) life.check(limits, now);
  };
  server.on("session", (session: ServerHttp2Session) => {
    const life = new SessionLife(session, performance.now());
    if (lives.add(life).size === 1) checks = setInterval(check, CHECK_INTERVAL).unref();
    session.once("close", () => {
      if (lives.delete(life) && lives.size === 0) clearInterval(checks);
    });
  });
}

class SessionLife {
  readonly #session: ServerHttp2Session;
  #isGreeted = false;
  #streams = 0;
  #idleSince: number;
  #askedAt: number | null = null;
  #toldAt: number | null = null;
  /** Up to there everything was understood. */
  #bytesKnown = 0;

  constructor(session: ServerHttp2Session, now: number) {
    this.#session = session;
    this.#idleSince = now;
    session.once("remoteSettings", () => {
      this.#isGreeted = true;
      this.#understood();
    });
    session.on("stream", (stream) => {
      this.#streams += 1;
      stream.on("close", this.#ended);
    });
  }

  check(limits: SessionLimits, now: number): void {
    // Closed by the app, or by a drain: the connection ends with the last stream.
    if (this.#session.closed || this.#session.destroyed) return;
    switch (judge(this.#facts(), limits, now)) {
      case "keep":
        return undefined;
      case "ask":
        return this.#ask(now);
      case "tell":
        this.#toldAt = now;
        // Its own `close()` would wait for the client to close the connection, for ever.
        return this.#session.goaway();
      case "cut":
        return cutSession(this.#session);
    }
  }

  #facts(): SessionFacts {
    return {
      isGreeted: this.#isGreeted,
      streams: this.#streams,
      idleSince: this.#idleSince,
      isTalking: this.#session.socket.bytesRead !== this.#bytesKnown,
      askedAt: this.#askedAt,
      toldAt: this.#toldAt,
    };
  }

  #ask(now: number): void {
    const answered = (): void => {
      this.#askedAt = null;
      this.#understood();
    };
    if (this.#session.ping(answered)) this.#askedAt = now;
  }

  #understood(): void {
    if (!this.#session.destroyed) this.#bytesKnown = this.#session.socket.bytesRead;
  }

  readonly #ended = (): void => {
    this.#streams -= 1;
    // Asking the socket takes longer than all the rest, and a session with streams is not judged.
    if (this.#streams > 0) return;
    this.#idleSince = performance.now();
    this.#understood();
  };
}
