import diagnostics from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { ExpressRoutes } from "./express-route.ts";

/** What Fastify says of a request that it hands to its handler. */
interface Handled {
  readonly request: { readonly raw: Marked };
  readonly route?: { readonly url?: string };
}

/** Characters of a template: it is what the app makes it, a list of a thousand paths, too. */
const LONGEST = 200;

const ROUTE = Symbol("drover.route");
type Marked = IncomingMessage & { [ROUTE]?: string };

/** Answers how to learn a request's route, as a template, when it is answered; null where the framework does not say. */
export function watchRoutes(): (request: IncomingMessage) => string | null {
  diagnostics.subscribe("tracing:fastify.request.handler:start", (message) => {
    const { request, route } = message as Handled;
    if (route?.url !== undefined) request.raw[ROUTE] = route.url;
  });
  const express = new ExpressRoutes();
  return (request) => shortened((request as Marked)[ROUTE] ?? express.of(request));
}

function shortened(route: string | null): string | null {
  return route !== null && route.length > LONGEST ? `${route.slice(0, LONGEST - 1)}…` : route;
}
