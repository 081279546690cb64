import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import { Server as NetServer } from "node:net";
import { http } from "./node-http.ts";

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** What an entry exported, as far as Drover can serve it. */
export type AppKind =
  | { readonly kind: "listener"; readonly framework: string; readonly listener: Listener }
  | { readonly kind: "fetch"; readonly framework: string; readonly fetch: FetchHandler }
  | { readonly kind: "fastify"; readonly framework: "Fastify"; readonly app: FastifyLike }
  | { readonly kind: "server"; readonly framework: string; readonly server: NetServer }
  /** A function without parameters, sync or async, that returns one of the others. */
  | { readonly kind: "factory"; readonly create: () => unknown };

export interface FastifyLike {
  ready(): Promise<unknown>;
  close(): Promise<unknown>;
  readonly server: HttpServer;
}

type Shape = Readonly<Record<string, unknown>>;

/** Null: nothing that can be served. Frameworks are known by their shape, not by their package, so that any copy or version of them counts. */
export function kindOf(app: unknown): AppKind | null {
  if (app instanceof NetServer)
    return { kind: "server", framework: app instanceof http.Server ? "http" : "net", server: app };
  if (typeof app === "function") return kindOfFunction(app as Listener & Shape);
  return typeof app === "object" && app !== null ? kindOfObject(app as Shape) : null;
}

function kindOfFunction(app: Listener & Shape): AppKind | null {
  if (isFunction(app["handle"])) {
    const framework = isFunction(app["set"]) && "request" in app ? "Express" : "Connect";
    return { kind: "listener", framework, listener: app };
  }
  if (isClass(app)) return null;
  if (app.length >= 2) return { kind: "listener", framework: "http", listener: app };
  if (app.length === 1) return { kind: "fetch", framework: "fetch", fetch: app as unknown as FetchHandler };
  return { kind: "factory", create: app as unknown as () => unknown };
}

function kindOfObject(app: Shape): AppKind | null {
  if (isFunction(app["routing"]) && isFunction(app["ready"])) {
    return { kind: "fastify", framework: "Fastify", app: app as unknown as FastifyLike };
  }
  if (isFunction(app["callback"]) && Array.isArray(app["middleware"])) {
    return { kind: "listener", framework: "Koa", listener: app["callback"].call(app) as Listener };
  }
  if (isFunction(app["fetch"])) {
    const framework = isFunction(app["basePath"]) && isFunction(app["route"]) ? "Hono" : "fetch";
    return { kind: "fetch", framework, fetch: app["fetch"].bind(app) as FetchHandler };
  }
  return null;
}

function isFunction(value: unknown): value is Function {
  return typeof value === "function";
}

function isClass(value: Listener): boolean {
  return Function.prototype.toString.call(value).startsWith("class");
}
