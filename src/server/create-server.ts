import type { Server } from "node:http";
import type { Server as NetServer } from "node:net";
import { inspect } from "node:util";
import { AppError } from "../errors.ts";
import { kindOf, type AppKind, type Listener } from "./app-kind.ts";
import { applyLimits, CHECK_INTERVAL, type HttpLimits } from "./limits.ts";
import { http } from "./node-http.ts";
import type { Secure } from "./tls/secure-server.ts";

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

/** @param secure how it speaks TLS; null: it does not. A server that the app has made for TLS itself stays as it is. */
export async function serverFor(
  kind: Exclude<AppKind, { kind: "factory" }>,
  options: ServerOptions,
  secure: Secure | null = null,
): Promise<NetServer> {
  switch (kind.kind) {
    case "server":
      return secure && kind.server instanceof http.Server ? behindTls(kind.server, options, secure) : kind.server;
    case "fastify": {
      await kind.app.ready();
      const { server } = kind.app;
      return secure && server instanceof http.Server ? behindTls(server, options, secure) : limited(server, options);
    }
    case "fetch": {
      const { toNodeHandler } = await import("srvx/node");
      return httpServer(toNodeHandler(kind.fetch) as Listener, options, secure);
    }
    case "listener":
      return httpServer(
        kind.listener,
        options,
        secure && withoutHttp2(kind.framework) ? { ...secure, http2: false } : secure,
      );
  }
}

/** They give requests and responses prototypes of HTTP/1. */
function withoutHttp2(framework: string): boolean {
  return framework === "Express" || framework === "Connect";
}

/** The app's server does not listen: one of ours does, and hands it what it gets. */
async function behindTls(app: Server, options: ServerOptions, secure: Secure): Promise<NetServer> {
  const { forwarded, standInFrontOf } = await import("./tls/in-front-of.ts");
  const front = await httpServer(forwarded(app), options, secure);
  standInFrontOf(app, front);
  return front;
}

async function httpServer(listener: Listener, options: ServerOptions, secure: Secure | null): Promise<NetServer> {
  if (!secure) return limited(http.createServer({ connectionsCheckingInterval: CHECK_INTERVAL }, listener), options);
  const { createSecureServer } = await import("./tls/secure-server.ts");
  return limited(createSecureServer(listener, secure, options.headers ?? DEFAULTS.headers), options);
}

function limited(server: NetServer, options: ServerOptions): NetServer {
  applyLimits(server, { ...DEFAULTS, ...options });
  return server;
}
