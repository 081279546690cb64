import type { Server } from "node:http";
import type { Server as NetServer } from "node:net";
import { inspect } from "node:util";
import { AppError } from "../errors.ts";
import { kindOf, type AppKind, type Listener } from "./app-kind.ts";
import { applyLimits, CHECK_INTERVAL, type HttpLimits } from "./limits.ts";
import { http } from "./node-http.ts";

/** Milliseconds; see docs/options.md for what each is for. */
export interface ServerOptions {
  /** How long an idle connection stays open. Default 65 s: above nginx's 60 s, so that the proxy closes first. */
  readonly keepAlive?: number;
  /** For a request's headers to arrive. Default 15 s. */
  readonly headers?: number;
  /** For a whole request to arrive. Default 300 s, as in Node. */
  readonly request?: number;
}

const DEFAULTS: HttpLimits = { keepAlive: 65_000, headers: 15_000, request: 300_000 };

/** For whoever has nothing of the kind. */
export const SERVABLE =
  "Drover serves an entry that calls listen(), or exports (default, module.exports, app, server or handler) a (req, res) function, " +
  "an Express, Koa, Fastify or Hono app, an http.Server, a fetch handler, or a function that returns one of these. " +
  "For a background worker that serves nothing set listen: false.";

/**
 * Makes the server a worker runs an exported app with, not listening yet: for tests of an app in the test's own process.
 * @param app a `(request, response)` function, an Express, Connect, Koa, Fastify or Hono app, an object with `fetch` or a fetch handler, an
 * `http.Server`, or a (sync or async) function without parameters that returns one of these
 * @throws AppError APP_NOT_SERVABLE for anything else
 */
export async function createServer(app: unknown, options: ServerOptions = {}): Promise<NetServer> {
  return serverFor(await resolveKind(app), options);
}

/** Calls the factory, if it is one. */
export async function resolveKind(app: unknown): Promise<Exclude<AppKind, { kind: "factory" }>> {
  const kind = kindOf(app);
  if (kind && kind.kind !== "factory") return kind;
  const made = kind ? await kind.create() : app;
  const result = kind ? kindOf(made) : null;
  if (result && result.kind !== "factory") return result;
  const found = inspect(made, { depth: 0, breakLength: Infinity });
  const whose = kind ? "the function it exports, called without arguments, returned" : "got";
  throw new AppError("APP_NOT_SERVABLE", `expected an app that can be served, ${whose} ${found}`, SERVABLE);
}

export async function serverFor(
  kind: Exclude<AppKind, { kind: "factory" }>,
  options: ServerOptions,
): Promise<NetServer> {
  switch (kind.kind) {
    case "server":
      return kind.server;
    case "fastify":
      await kind.app.ready();
      return limited(kind.app.server, options);
    case "fetch": {
      const { toNodeHandler } = await import("srvx/node");
      return httpServer(toNodeHandler(kind.fetch) as Listener, options);
    }
    case "listener":
      return httpServer(kind.listener, options);
  }
}

function httpServer(listener: Listener, options: ServerOptions): Server {
  return limited(http.createServer({ connectionsCheckingInterval: CHECK_INTERVAL }, listener), options);
}

function limited(server: Server, options: ServerOptions): Server {
  applyLimits(server, { ...DEFAULTS, ...options });
  return server;
}
