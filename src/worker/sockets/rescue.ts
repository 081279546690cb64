import type { Server, Socket } from "node:net";
import { protocolOf } from "../app/framework.ts";
import type { Traffic } from "../traffic/traffic.ts";
import type { CapturedServer } from "./captured-server.ts";
import { sendAtExit, type Parcel } from "./send-at-exit.ts";

/** Node's list of a server's connections, each known by its parser. */
interface Connections {
  /** Those whose last message has been read to its end, and nothing after it. */
  idle(): readonly { readonly socket: Socket | null }[];
}

/**
 * An app may call `process.exit()` right after this worker has accepted a connection, or between two requests of one. As long as nothing of the next
 * request was read all of it is still in the kernel, and a sibling can answer it: the primary passes the connection on.
 */
export function rescueUnread(traffic: Traffic, servers: readonly CapturedServer[]): void {
  const atWork = new Set(traffic.inFlight().map(({ response }) => response.req.socket));
  const parcels = servers.flatMap(({ key, server }) => {
    if (key === null) return [];
    const unread = traffic.socketsOf(server).filter(({ bytesRead }) => bytesRead === 0);
    const answered = betweenRequests(server).filter((socket) => !atWork.has(socket) && isAtRest(socket));
    return [...unread, ...answered].flatMap((socket) => parcel(key, socket));
  });
  sendAtExit(parcels);
}

function parcel(key: string, socket: Socket): readonly Parcel[] {
  const { _handle: handle } = socket as unknown as { readonly _handle: object | null };
  return handle ? [{ message: { type: "rescue", key }, handle }] : [];
}

/** Without TLS, whose keys stay here. None where Node has hidden its list better. */
function betweenRequests(server: Server): readonly Socket[] {
  if (protocolOf(server) !== "http") return [];
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === "http.server.connections");
  const connections = key && (server as unknown as Record<symbol, Connections | undefined>)[key];
  return connections?.idle().flatMap(({ socket }) => socket ?? []) ?? [];
}

/** All of its answers is with the kernel, and it is to stay open. */
function isAtRest({ writable, writableLength, readableLength }: Socket): boolean {
  return writable && writableLength === 0 && readableLength === 0;
}
