import type { Server, Socket } from "node:net";
import type { Traffic } from "./traffic.ts";

/** Node's list of a server's connections, each known by its parser. */
interface Connections {
  /** Those whose last message has been read to its end, and nothing after it. */
  idle(): readonly { readonly socket: Socket | null }[];
}

/**
 * HTTP/1 connections on which nothing is under way: no byte of a next request was read, and the last answer is with the kernel to its last byte. Node's own
 * `closeIdleConnections` takes an answer for done when the app has ended it, and cuts off clients that read slowly. None where Node has hidden its
 * list better.
 */
export function betweenRequests(server: Server, traffic: Traffic): readonly Socket[] {
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === "http.server.connections");
  const connections = key && (server as unknown as Record<symbol, Connections | undefined>)[key];
  const busy = new Set<unknown>(traffic.inFlight().map(({ response }) => response.req.socket));
  const idle = connections?.idle().flatMap(({ socket }) => socket ?? []) ?? [];
  return idle.filter((socket) => !busy.has(socket) && socket.writableLength === 0);
}
