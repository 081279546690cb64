import type * as Http from "node:http";
import type * as Https from "node:https";
import type { Server } from "node:net";
import type * as Tls from "node:tls";

/**
 * Node's http and https without `import`: an ES module import of a built-in reads every getter it exports, and those of http load
 * undici, TLS and HTTP/2. That would cost each worker some 20 ms of its start and 6 MB.
 */
export const http: typeof Http = process.getBuiltinModule("node:http");

export function isHttpServer(server: unknown): server is Http.Server | Https.Server {
  return server instanceof http.Server || isHttpsServer(server);
}

/** https is loaded only by apps that use it; a server of it knows its limits as http's does, and its certificates. */
export function isHttpsServer(server: unknown): server is Https.Server {
  return typeof server === "object" && server !== null && "setSecureContext" in server && "requestTimeout" in server;
}

/** TLS in any form: https, HTTP/2 or TLS alone. */
export function isTlsServer(server: Server): server is Tls.Server {
  return "setSecureContext" in server && "setTicketKeys" in server;
}
