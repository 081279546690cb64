import type { Server } from "node:net";
import { isHttpServer } from "./node-http.ts";

/** Milliseconds. */
export interface HttpLimits {
  readonly keepAlive: number;
  readonly headers: number;
  readonly request: number;
}

/** Node's own values: a server that still has them was not configured by its author. Node 26 and 22 agree. */
const NODE_DEFAULTS = { keepAliveTimeout: 5_000, headersTimeout: 60_000, requestTimeout: 300_000 } as const;

/** How often Node looks for requests over their limits; its own 30 s would make 15 s for the headers up to 45. */
export const CHECK_INTERVAL = 1_000;

/** Changes only what the app left at Node's defaults. */
export function applyLimits(server: Server, limits: HttpLimits): void {
  if (!isHttpServer(server)) return;
  const wanted = { keepAliveTimeout: limits.keepAlive, headersTimeout: limits.headers, requestTimeout: limits.request };
  for (const name of ["keepAliveTimeout", "headersTimeout", "requestTimeout"] as const) {
    // On Node 22 a server of HTTP/2 that speaks HTTP/1 too has no `keepAliveTimeout`: idle connections would stay for ever.
    if ((server[name] ?? NODE_DEFAULTS[name]) === NODE_DEFAULTS[name]) server[name] = wanted[name];
  }
}
