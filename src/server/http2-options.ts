import type { ServerOptions } from "node:http2";
import { http } from "./node-http.ts";

/** Fields of one request, the pseudo fields included. */
const MOST_FIELDS = 128;
/** What HTTP/2 counts for each field, beyond its name and value: RFC 9113, 6.5.2. */
const FIELD_OVERHEAD = 32;

/** How often streams may be reset by the client: so many at once, and then so many a second. */
type Resets = Required<Pick<ServerOptions, "streamResetBurst" | "streamResetRate">>;

/** A reset stream leaves its place to another while its request is still at work: what a flood of resets is about. */
const RESETS = {
  // A browser resets what its page no longer needs, at most all its streams: twice in a row is honest. The rate is nghttp2's own.
  visitor: { streamResetBurst: 200, streamResetRate: 33 },
  // Many visitors share a proxy's connection, and each that leaves is a reset. Proxies have limits of their own.
  proxy: { streamResetBurst: 2_000, streamResetRate: 200 },
} as const satisfies Readonly<Record<string, Resets>>;

/**
 * Limits of the HTTP/2 servers that Drover makes. What ends a session or refuses a stream is Node's, or nghttp2's.
 * @param from who connects: visitors themselves, or a proxy on their behalf
 */
export function http2Options(from: keyof typeof RESETS): ServerOptions {
  return {
    settings: {
      // What RFC 9113 wants at least; browsers ask for no more.
      maxConcurrentStreams: 100,
      // Headers as long as HTTP/1 takes them, with what HTTP/2 adds. Node allows 64 KB.
      maxHeaderListSize: http.maxHeaderSize + MOST_FIELDS * FIELD_OVERHEAD,
    },
    maxHeaderListPairs: MOST_FIELDS,
    // Megabytes. What waits for a slow reader counts: with Node's 10 the eleventh of eleven images of 1 MB is refused.
    maxSessionMemory: 64,
    // An honest client sends none; Node bears 1,000.
    maxSessionInvalidFrames: 100,
    ...RESETS[from],
  };
}
