import type { Channel } from "../channel.ts";
import type { Traffic } from "../traffic/traffic.ts";
import type { CapturedServer } from "./captured-server.ts";

/**
 * An app may call `process.exit()` right after this worker has accepted a connection. As long as nothing was read from it the whole
 * request is still in the kernel, and a sibling can answer it: the primary passes the connection on.
 */
export function rescueUnread(traffic: Traffic, servers: readonly CapturedServer[], channel: Channel): void {
  for (const { key, server } of servers) {
    if (key === null) continue;
    for (const socket of traffic.socketsOf(server)) {
      const { _handle } = socket as unknown as { readonly _handle: object | null };
      if (socket.bytesRead === 0 && _handle) channel.sendAtExit({ type: "rescue", key }, _handle);
    }
  }
}
