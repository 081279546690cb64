import type { IncomingMessage, ServerResponse } from "node:http";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { NAMED_CUTS, type UnderWay } from "../../protocol/ipc.ts";
import type { OpenStream } from "./http2-sessions.ts";
import { withoutQuery, type Exchange, type Traffic } from "./traffic.ts";

/** Characters. Whoever sends long paths must not fill the channel with them. */
const LONGEST_PATH = 200;

/** Requests, of those that a worker was answering at its end. */
const NAMED_AT_END = 100;

type Answered = Pick<Traffic, "inFlight" | "http2">;
type Open = Exchange | OpenStream;

/** What is being answered, the oldest first, at most {@link NAMED_CUTS}. `now`: on the clock of `performance.now()`. */
export function underWay(traffic: Answered, now: number): UnderWay[] {
  return byAge(traffic)
    .slice(0, NAMED_CUTS)
    .map((one) => named(one, now));
}

/** As {@link underWay}, for a worker that ends. Of many the oldest and the youngest: one of those is most likely what ended it. */
export function underWayAtEnd(traffic: Answered, now: number): UnderWay[] {
  const all = byAge(traffic);
  const half = NAMED_AT_END / 2;
  const some = all.length <= NAMED_AT_END ? all : [...all.slice(0, half), ...all.slice(-half)];
  return some.map((one) => named(one, now));
}

/** One of them, which somebody has found in another way; null: it is none. */
export function underWayAs(found: ServerResponse | ServerHttp2Stream, traffic: Traffic, now: number): UnderWay | null {
  const one =
    "rstCode" in found
      ? traffic.http2.streams.get(found)
      : traffic.inFlight().find(({ response }) => response === found);
  return one ? named(one, now) : null;
}

/** Sorted before anything else is made of them: there may be thousands, and this is asked every second. */
function byAge(traffic: Answered): Open[] {
  return [...traffic.inFlight(), ...traffic.http2.streams.values()].toSorted((a, b) => a.since - b.since);
}

function named(one: Open, now: number): UnderWay {
  const [method, path] = "response" in one ? nameOf(one.response.req) : streamName(one.headers);
  return { method, path: path.slice(0, LONGEST_PATH), ms: Math.round(now - one.since) };
}

function nameOf(request: IncomingMessage): [method: string, path: string] {
  return [request.method ?? "", pathOf(request)];
}

function streamName(headers: IncomingHttpHeaders): [method: string, path: string] {
  return [headers[":method"] ?? "", withoutQuery(headers[":path"])];
}

/** A router of Express, Connect or Koa takes its own prefix off the `url`. */
export function pathOf({ url, originalUrl }: IncomingMessage & { readonly originalUrl?: string }): string {
  return withoutQuery(originalUrl ?? url);
}
