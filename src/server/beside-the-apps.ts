import type { IncomingMessage } from "node:http";
import type { Server } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Hears of a request that leaves HTTP before the app does, but only beside a listener of the app's own: an `upgrade` listener on a server that has none would
 * make Node hand over upgrades that the app means to ignore.
 */
export function besideTheApps(
  server: Server,
  event: "upgrade" | "connect",
  listener: (request: IncomingMessage, socket: Duplex) => void,
): void {
  if (server.listenerCount(event) > 0) return void server.prependListener(event, listener);
  const onNew = (name: string | symbol): void => {
    if (name !== event) return;
    server.off("newListener", onNew);
    server.prependListener(event, listener);
  };
  server.on("newListener", onNew);
}
