import type { IncomingMessage } from "node:http";
import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import { isHttpServer } from "../server/node-http.ts";

/** A close frame with the code 1001, going away: a server's frames are not masked. */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9]);

/** The WebSockets of all captured servers. */
export class WebSockets {
  readonly #open = new Set<Duplex>();

  /**
   * Only beside a listener of the app's own: an `upgrade` listener on a server that has none would make Node hand over upgrades
   * that the app means to ignore.
   */
  watch(server: Server): void {
    if (!isHttpServer(server)) return;
    if (server.listenerCount("upgrade") > 0) return void server.prependListener("upgrade", this.#upgraded);
    const onNew = (name: string | symbol): void => {
      if (name !== "upgrade") return;
      server.off("newListener", onNew);
      server.prependListener("upgrade", this.#upgraded);
    };
    server.on("newListener", onNew);
  }

  /** Tells every client that the server is going away; a client answers by closing. */
  sayGoodbye(): void {
    for (const socket of this.#open) if (socket.writable) socket.write(GOING_AWAY);
  }

  /** For clients that did not answer. */
  end(): void {
    for (const socket of this.#open) socket.destroy();
  }

  readonly #upgraded = (request: IncomingMessage, socket: Duplex): void => {
    if (request.headers.upgrade?.toLowerCase() !== "websocket") return;
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
  };
}
