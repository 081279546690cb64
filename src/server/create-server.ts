import type { Server } from "node:http";
import type { Server as NetServer } from "node:net";
import { inspect } from "node:util";
import { AppError } from "../errors.ts";
import { kindOf, type AppKind, type Listener } from "./app-kind.ts";
import { equip, messagesFor } from "./equip.ts";
import type { MessageClasses } from "./express-http2/message-classes.ts";
import { CHECK_INTERVAL, type HttpLimits } from "./limits.ts";
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

/**
 * @param secure how it speaks TLS; null: it does not. A server that the app has made for TLS itself stays as it is.
 * @param priorKnowledge whether it takes HTTP/2 without TLS
 */
export async function serverFor(
  kind: Exclude<AppKind, { kind: "factory" }>,
  options: ServerOptions,
  secure: Secure | null = null,
  priorKnowledge = false,
): Promise<NetServer> {
  const ways = { limits: { ...DEFAULTS, ...options }, secure, priorKnowledge };
  switch (kind.kind) {
    case "server":
      return kind.server instanceof http.Server
        ? served(kind.server, listenerOf(kind.server), ways)
        : equipped(kind.server, listenerOf(kind.server), ways);
    case "fastify": {
      await kind.app.ready();
      const { server } = kind.app;
      return server instanceof http.Server ? served(server, null, ways) : equipped(server, null, ways);
    }
    case "fetch": {
      const { toNodeHandler } = await import("srvx/node");
      return made(toNodeHandler(kind.fetch) as Listener, null, ways);
    }
    case "listener":
      return made(kind.listener, kind.framework === "Koa" ? null : kind.listener, ways);
  }
}

/** What answers the requests of a server of the app's own, as far as one can know. */
function listenerOf(server: NetServer): object {
  return server.listeners("request")[0] ?? {};
}

/** How a server of HTTP is to be reached. */
interface Ways {
  readonly limits: HttpLimits;
  readonly secure: Secure | null;
  readonly priorKnowledge: boolean;
}

/** A server for the listener. `express`: see {@link http2MessagesFor}. */
async function made(listener: Listener, express: object | null, ways: Ways): Promise<NetServer> {
  if (ways.secure) return equipped(await secured(listener, express, ways.secure, ways.limits), express, ways);
  return plain(http.createServer({ connectionsCheckingInterval: CHECK_INTERVAL }, listener), express, ways);
}

/** The app's own server; with TLS it does not listen: one of ours does, and hands it what it gets. */
async function served(app: Server, express: object | null, ways: Ways): Promise<NetServer> {
  if (!ways.secure) return plain(app, express, ways);
  const { forwarded, standInFrontOf } = await import("./tls/in-front-of.ts");
  const front = await secured(forwarded(app), express, ways.secure, ways.limits);
  standInFrontOf(app, front);
  return equipped(front, express, ways);
}

async function secured(
  listener: Listener,
  express: object | null,
  secure: Secure,
  limits: HttpLimits,
): Promise<NetServer> {
  const { createSecureServer } = await import("./tls/secure-server.ts");
  // The others are given theirs by `equip`.
  const messages = secure.http2 ? { ...(await messagesFor(express)), ...(await http2MessagesFor(express)) } : {};
  return createSecureServer(listener, secure, limits, messages);
}

async function plain(server: Server, express: object | null, ways: Ways): Promise<NetServer> {
  if (ways.priorKnowledge) {
    const { takePriorKnowledge } = await import("./prior-knowledge.ts");
    takePriorKnowledge(server, ways.limits, await http2MessagesFor(express));
  }
  return equipped(server, express, ways);
}

/** @param express null for an app that is known to take Node's own messages of HTTP/2, which are cheaper; Express, and whatever may be it, does not */
async function http2MessagesFor(express: object | null): Promise<Partial<MessageClasses>> {
  if (!express) return {};
  const { messageClasses } = await import("./express-http2/message-classes.ts");
  return messageClasses(express);
}

async function equipped(server: NetServer, express: object | null, { limits }: Ways): Promise<NetServer> {
  await equip(server, limits, express);
  return server;
}
