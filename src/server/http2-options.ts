import type { ServerOptions } from "node:http2";
import { http } from "./node-http.ts";

/** Fields of one request, the pseudo fields included. */
const MOST_FIELDS = 128;
/** What HTTP/2 counts for each field, beyond its name and value: RFC 9113, 6.5.2. */
const FIELD_OVERHEAD = 32;

/**
 * Streams at once. RFC 9113 wants 100 at least. Node refuses a stream that arrives together with the reset of another while all places are taken, with an
 * error that no browser repeats: so there must be more places than pages have requests under way.
 */
const STREAMS = 250;

/** Streams that the client may reset: so many at once, and then so many a second. The place of one is free while its request is still at work. */
interface Resets {
  readonly atOnce: number;
  readonly perSecond: number;
}

const RESETS = {
  // A browser resets what its page no longer needs, all streams at most: twice in a row is honest. The rate is nghttp2's own.
  visitor: { atOnce: 2 * STREAMS, perSecond: 33 },
  // Many visitors share a proxy's connection, and each that leaves is a reset. Proxies have limits of their own.
  proxy: { atOnce: 2_000, perSecond: 200 },
} as const satisfies Readonly<Record<string, Resets>>;

/**
 * Limits of the HTTP/2 servers that Drover makes. What ends a session or refuses a stream is Node's, or nghttp2's.
 * @param from who connects: visitors themselves, or a proxy on their behalf
 */
export function http2Options(from: keyof typeof RESETS): ServerOptions {
  const { atOnce, perSecond } = RESETS[from];
  return {
    settings: {
      maxConcurrentStreams: STREAMS,
      // Headers as long as HTTP/1 takes them, with what HTTP/2 adds. Node allows 64 KB.
      maxHeaderListSize: http.maxHeaderSize + MOST_FIELDS * FIELD_OVERHEAD,
    },
    maxHeaderListPairs: MOST_FIELDS,
    // Megabytes. What waits for a slow reader counts: with Node's 10 the eleventh of eleven images of 1 MB is refused.
    maxSessionMemory: 64,
    // An honest client sends none; Node bears 1,000.
    maxSessionInvalidFrames: 100,
    streamResetBurst: atOnce,
    streamResetRate: perSecond,
  };
}
