import type { Server } from "node:net";
import type { Express, Http1Messages } from "./express-messages.ts";
import { applyLimits, type HttpLimits } from "./limits.ts";
import { http, isHttpServer } from "./node-http.ts";

/**
 * What every server of HTTP has under Drover, whoever has made it. May come at any time: nothing but figures change.
 * @param app what answers its requests: unless it is said, the first that hears of them
 */
export async function equip(
  server: Server,
  limits: HttpLimits,
  app: unknown = server.listeners("request")[0],
): Promise<void> {
  applyLimits(server, limits);
  if (!isHttpServer(server) || !isExpress(app)) return;
  const { giveExpressMessages, leaveUpgradesToNode } = await import("./express-messages.ts");
  giveExpressMessages(server, app);
  leaveUpgradesToNode(server, app);
}

/** For the options of a server; empty: Node's own. */
export async function messagesFor(app: unknown): Promise<Http1Messages> {
  if (!isExpress(app)) return {};
  const { expressMessages } = await import("./express-messages.ts");
  return expressMessages(app);
}

/** Known by what it does, not by its package: any copy of Express 4 or 5, and what is built like them. */
function isExpress(app: unknown): app is Express {
  if (typeof app !== "function" || !("handle" in app) || !("request" in app) || !("response" in app)) return false;
  return inherits(app.request, http.IncomingMessage) && inherits(app.response, http.ServerResponse);
}

function inherits(value: unknown, Class: Function): value is object {
  return Object.prototype.isPrototypeOf.call(Class.prototype as object, value as object);
}
