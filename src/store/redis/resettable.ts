import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";
import type { OneTimeClient } from "./own-connection.ts";

/** Told by Node while a socket is made. */
const MADE = "net.client.socket";

/**
 * A client whose `destroy` resets its connection. A connection that is only closed has its system send what was written to it for as long as it takes: for many
 * minutes where the network is down. When it is up again, a write that was given up long ago would undo what others have written since.
 *
 * The client keeps its socket to itself. Where Node does not tell of it either, it is closed. So is a unix socket: what was written to it is at the server.
 * @param make The client, and with TLS the socket below it
 */
export function resettable(make: () => OneTimeClient): OneTimeClient {
  const made = socketsOf(make);
  const client = made.result;
  let [socket] = made.sockets;
  const destroy = client.destroy.bind(client);
  const connect = client.connect.bind(client);
  client.connect = () => {
    const { result, sockets } = socketsOf(connect);
    socket ??= sockets[0];
    return result;
  };
  client.destroy = () => {
    if (socket !== undefined) reset(socket);
    destroy();
  };
  return client;
}

/** Those made while it runs, which nobody else does meanwhile. */
function socketsOf<T>(run: () => T): { readonly result: T; readonly sockets: readonly Socket[] } {
  const sockets: Socket[] = [];
  const see = (message: unknown): void => {
    const { socket } = message as { readonly socket?: unknown };
    if (socket instanceof Socket) sockets.push(socket);
  };
  subscribe(MADE, see);
  try {
    return { result: run(), sockets };
  } finally {
    unsubscribe(MADE, see);
  }
}

function reset(socket: Socket): void {
  try {
    // One that is not connected yet has sent nothing.
    if (!socket.destroyed && !socket.connecting) socket.resetAndDestroy();
  } catch {
    // Only TCP can be reset.
  }
  // The reset would wait until all is sent.
  socket.destroy();
}
