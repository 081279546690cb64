import type { ServerOptions } from "node:http2";
import { http } from "./node-http.ts";

/** Fields of one request, the pseudo fields included. */
const MOST_FIELDS = 128;
/** What HTTP/2 counts for each field, beyond its name and value: RFC 9113, 6.5.2. */
const FIELD_OVERHEAD = 32;

interface Crowd {
  /** Streams at once. */
  readonly streams: number;
  /** Streams that the client may reset: so many at once, and then so many a second. The place of one is free while its request is still at work. */
  readonly resets: number;
  readonly resetsPerSecond: number;
}

const CROWDS = {
  // 100 is what RFC 9113 wants at least, and what browsers use. They reset what their page no longer needs, all streams at most: twice in a row is honest.
  // The rate is nghttp2's own.
  visitor: { streams: 100, resets: 200, resetsPerSecond: 33 },
  // Many visitors share a proxy's connection, and each that leaves is a reset. Proxies have limits of their own.
  proxy: { streams: 256, resets: 2_000, resetsPerSecond: 200 },
} as const satisfies Readonly<Record<string, Crowd>>;

/**
 * Limits of the HTTP/2 servers that Drover makes. What ends a session or refuses a stream is Node's, or nghttp2's.
 * @param from who connects: visitors themselves, or a proxy on their behalf
 */
export function http2Options(from: keyof typeof CROWDS): ServerOptions {
  const { streams, resets, resetsPerSecond } = CROWDS[from];
  return {
    settings: {
      maxConcurrentStreams: streams,
      // Headers as long as HTTP/1 takes them, with what HTTP/2 adds. Node allows 64 KB.
      maxHeaderListSize: http.maxHeaderSize + MOST_FIELDS * FIELD_OVERHEAD,
    },
    maxHeaderListPairs: MOST_FIELDS,
    // Megabytes. What waits for a slow reader counts: with Node's 10 the eleventh of eleven images of 1 MB is refused.
    maxSessionMemory: 64,
    // An honest client sends none; Node bears 1,000.
    maxSessionInvalidFrames: 100,
    streamResetBurst: resets,
    streamResetRate: resetsPerSecond,
  };
}
