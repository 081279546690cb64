import diagnostics from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { ExpressRoutes } from "./express-route.ts";

/** What Fastify says of a request that it hands to its handler. */
interface Handled {
  readonly request: { readonly raw: Marked };
  readonly route?: { readonly url?: string };
}

const ROUTE = Symbol("drover.route");
type Marked = IncomingMessage & { [ROUTE]?: string };

/** Answers how to learn a request's route, as a template, when it is answered; null where the framework does not say. */
export function watchRoutes(): (request: IncomingMessage) => string | null {
  diagnostics.subscribe("tracing:fastify.request.handler:start", (message) => {
    const { request, route } = message as Handled;
    if (route?.url !== undefined) request.raw[ROUTE] = route.url;
  });
  const express = new ExpressRoutes();
  return (request) => (request as Marked)[ROUTE] ?? express.of(request);
}
