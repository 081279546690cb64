import type { Server, Socket } from "node:net";
import type { Traffic } from "./traffic.ts";

/** Node's list of a server's connections, each known by its parser. */
interface Connections {
  /** Those whose last message has been read to its end, and nothing after it. */
  idle(): readonly { readonly socket: Socket | null }[];
}

/**
 * Connections of HTTP/1 between two requests: all answers are with the kernel to the last byte, and nothing of a next request was read. Node's own
 * `closeIdleConnections` cuts an answer short that the app has ended and a slow client has not yet taken. None where Node has hidden its list better.
 */
export function idleConnections(server: Server, traffic: Traffic): readonly Socket[] {
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === "http.server.connections");
  const connections = key && (server as unknown as Record<symbol, Connections | undefined>)[key];
  const idle = connections?.idle().flatMap(({ socket }) => socket ?? []) ?? [];
  const atWork = new Set(traffic.inFlight().map(({ response }) => response.req.socket));
  return idle.filter((socket) => !atWork.has(socket) && isAtRest(socket));
}

function isAtRest({ writable, writableLength, readableLength }: Socket): boolean {
  return writable && writableLength === 0 && readableLength === 0;
}
