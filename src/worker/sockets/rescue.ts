import type { Socket } from "node:net";
import { protocolOf } from "../app/framework.ts";
import { idleConnections } from "../traffic/idle-connections.ts";
import type { Traffic } from "../traffic/traffic.ts";
import type { CapturedServer } from "./captured-server.ts";
import { sendAtExit, type Parcel } from "./send-at-exit.ts";

/**
 * An app may call `process.exit()` right after this worker has accepted a connection, or between two requests of one. As long as nothing of the next
 * request was read all of it is still in the kernel, and a sibling can answer it: the primary passes the connection on.
 */
export function rescueUnread(traffic: Traffic, servers: readonly CapturedServer[]): void {
  const parcels = servers.flatMap(({ key, server, front }) => {
    if (key === null) return [];
    const unread = traffic.socketsOf(server).filter(({ bytesRead }) => bytesRead === 0);
    // The keys of TLS stay here.
    const idle = protocolOf(front) === "http" ? idleConnections(server, traffic) : [];
    return [...new Set([...unread, ...idle])].flatMap((socket) => parcel(key, socket));
  });
  sendAtExit(parcels);
}

function parcel(key: string, socket: Socket): readonly Parcel[] {
  const { _handle: handle } = socket as unknown as { readonly _handle: object | null };
  return handle ? [{ message: { type: "rescue", key }, handle }] : [];
}
