import type { Server as HttpServer } from "node:http";
import type { Server as NetServer } from "node:net";
import type { Listener } from "../app-kind.ts";
import { http } from "../node-http.ts";
import { takeConnections } from "../take-connections.ts";

type Name = string | symbol;
type Emit = (name: Name, ...rest: unknown[]) => boolean;
type Count = (name: Name, ...rest: unknown[]) => number;

/** What Node emits on a server of HTTP besides `request`. Whether anybody listens for it changes what Node does. */
const EVENTS: ReadonlySet<Name> = new Set([
  "upgrade",
  "connect",
  "checkContinue",
  "checkExpectation",
  "clientError",
  "dropRequest",
  "timeout",
]);

/** What Node reads of a server while it serves. The app may set them at any time. */
const SETTINGS = [
  "headersTimeout",
  "keepAliveTimeout",
  "maxHeadersCount",
  "maxRequestsPerSocket",
  "requestTimeout",
  "timeout",
] as const;

export function forwarded(app: HttpServer): Listener {
  return (request, response) => void app.emit("request", request, response);
}

/** Lets everything that is HTTP reach the app's own server, which listens nowhere: its WebSockets too, whenever they were attached. */
export function standInFrontOf(app: HttpServer, front: NetServer): void {
  const emit = front.emit.bind(front) as Emit;
  const count = front.listenerCount.bind(front) as Count;
  const appEmits = app.emit.bind(app) as Emit;
  const appCounts = app.listenerCount.bind(app) as Count;
  /** Listeners at the front are Drover's: they hear it first, and change nothing of what Node does. */
  const emitBoth: Emit = (name, ...rest) => {
    emit(name, ...rest);
    return appEmits(name, ...rest);
  };
  Object.assign(front, {
    emit: (name: Name, ...rest: unknown[]) => (EVENTS.has(name) ? emitBoth : emit)(name, ...rest),
    listenerCount: (name: Name, ...rest: unknown[]) => (EVENTS.has(name) ? appCounts : count)(name, ...rest),
  });
  // Drover's wait for the first of the app's.
  app.on("newListener", (name: Name, listener: unknown) => {
    if (EVENTS.has(name)) emit("newListener", name, listener);
  });
  for (const name of SETTINGS) {
    const set = (value: unknown): void => void Object.assign(app, { [name]: value });
    Object.defineProperty(front, name, { configurable: true, get: () => app[name], set });
  }
}

/** The app's own server listens; what it accepts goes to `front`, which {@link standInFrontOf} has made. */
export function putInFrontOf(app: HttpServer, front: NetServer): void {
  takeConnections(app, (socket) => {
    // What a server of TLS accepts is never half open; Node's TLS takes that from the connection, and its HTTP/2 would hold what the client has closed.
    socket.allowHalfOpen = false;
    front.emit("connection", socket);
  });
  // An app that closes its server means the connections too, and those are over there.
  for (const name of ["closeIdleConnections", "closeAllConnections"] as const) {
    const close = app[name].bind(app);
    const closeBoth = (): void => {
      close();
      http.Server.prototype[name].call(front as HttpServer);
    };
    Object.assign(app, { [name]: closeBoth });
  }
  // From then on Node looks for connections that take too long.
  app.once("listening", () => front.emit("listening")).once("close", () => front.emit("close"));
}
