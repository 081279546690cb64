import type { Server, Socket } from "node:net";
import type { CapturedServer } from "./captured-server.ts";
import type { Channel } from "./channel.ts";
import type { Traffic } from "./traffic.ts";

/** What Node keeps on a socket that a server has accepted. */
type Accepted = Socket & { readonly server?: Server; readonly _handle: object | null };

/**
 * An app may call `process.exit()` right after this worker has accepted a connection. As long as nothing was read from it the whole
 * request is still in the kernel, and a sibling can answer it: the primary passes the connection on.
 */
export function rescueUnread(traffic: Traffic, servers: readonly CapturedServer[], channel: Channel): void {
  for (const socket of traffic.sockets as Iterable<Socket> as Iterable<Accepted>) {
    const key = servers.find(({ server }) => server === socket.server)?.key ?? null;
    if (key === null || socket.bytesRead > 0 || !socket._handle) continue;
    channel.sendAtExit({ type: "rescue", key }, socket._handle);
  }
}
