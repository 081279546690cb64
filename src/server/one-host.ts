import type { EventEmitter } from "node:events";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { answerEarly } from "./answer-early.ts";

type Emit = (name: string | symbol, ...rest: unknown[]) => boolean;

/**
 * Answers 400 to requests of HTTP/2 that name two hosts (RFC 9113, 8.3.1): a proxy may have gone by one of them, and frameworks differ in the one they
 * take. It stands in the `emit` of a server that Drover makes: all listeners of a request come after it.
 */
export function refuseTwoHosts(server: EventEmitter): void {
  const emit = server.emit.bind(server) as Emit;
  const check: Emit = (name, ...rest) => {
    if (name !== "stream" || !namesTwoHosts(rest[1] as IncomingHttpHeaders)) return emit(name, ...rest);
    answerEarly(rest[0] as ServerHttp2Stream, { ":status": 400 });
    return true;
  };
  Object.assign(server, { emit: check });
}

/** Case and a port that the scheme implies make no other host. */
function namesTwoHosts({ host, ":authority": authority, ":scheme": scheme }: IncomingHttpHeaders): boolean {
  if (host === undefined || authority === undefined || host === authority) return false;
  const implied = scheme === "https" ? /:443$/ : /:80$/;
  const [one, other] = [host, authority].map((name) => name.toLowerCase().replace(implied, ""));
  return one !== other;
}
