import type { Server as HttpServer } from "node:http";
import type { Server as NetServer } from "node:net";
import type { Listener } from "../app-kind.ts";

type Name = string | symbol;
type Emit = (name: Name, ...rest: unknown[]) => boolean;
type Count = (name: Name, ...rest: unknown[]) => number;

/** What Node emits on a server of HTTP besides `request`. Whether anybody listens for it changes what Node does. */
const EVENTS: ReadonlySet<Name> = new Set(["upgrade", "connect", "checkContinue", "checkExpectation", "clientError"]);

export function forwarded(app: HttpServer): Listener {
  return (request, response) => void app.emit("request", request, response);
}

/** Lets everything that is HTTP reach the app's own server, which listens nowhere: its WebSockets too, whenever they were attached. */
export function standInFrontOf(app: HttpServer, front: NetServer): void {
  const emit = front.emit.bind(front) as Emit;
  const count = front.listenerCount.bind(front) as Count;
  const appEmits = app.emit.bind(app) as Emit;
  const appCounts = app.listenerCount.bind(app) as Count;
  Object.assign(front, {
    emit: (name: Name, ...rest: unknown[]) => (EVENTS.has(name) ? appEmits : emit)(name, ...rest),
    listenerCount: (name: Name, ...rest: unknown[]) => (EVENTS.has(name) ? appCounts : count)(name, ...rest),
  });
}
