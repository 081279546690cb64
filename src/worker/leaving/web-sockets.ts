import type { IncomingMessage } from "node:http";
import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import { besideTheApps } from "../../server/beside-the-apps.ts";
import { isHttpServer } from "../../server/node-http.ts";
import { protocolOf } from "../app/framework.ts";
import { spread } from "./spread.ts";
import { WebSocketConnection } from "./web-socket-connection.ts";

/** 1001, going away: nobody takes over. 1012, service restart: another worker does. */
export type CloseCode = 1001 | 1012;

type Upgraded = (request: IncomingMessage, socket: Duplex) => void;

/** The WebSockets of all captured servers. */
export class WebSockets {
  readonly #open = new Set<WebSocketConnection>();
  readonly #onTunnel: (socket: Duplex) => void;
  #leaving: CloseCode | null = null;
  /** Close frames written. */
  told = 0;

  /** @param onTunnel for a connection that has left HTTP for a protocol Drover cannot read */
  constructor(onTunnel: (socket: Duplex) => void) {
    this.#onTunnel = onTunnel;
  }

  get open(): readonly WebSocketConnection[] {
    return [...this.#open];
  }

  watch(server: Server): void {
    if (!isHttpServer(server)) return;
    besideTheApps(server, "upgrade", this.#upgraded);
    // HTTP/2 has requests of this name.
    if (protocolOf(server) !== "https+http2") besideTheApps(server, "connect", (_, socket) => this.#onTunnel(socket));
  }

  /**
   * Tells every client to go, at moments spread over time; a client answers by closing.
   * @param longest Milliseconds within which all must be told.
   * @param random 0..1
   */
  sayGoodbye(code: CloseCode, longest: number, random: () => number): void {
    this.#leaving = code;
    const moments = spread(this.#open.size, longest, random);
    this.open.forEach((connection, index) => {
      const moment = moments[index] ?? 0;
      // At once means now: the process may end within this turn.
      if (moment === 0) connection.sayGoodbye(code);
      else setTimeout(() => connection.sayGoodbye(code), moment).unref();
    });
  }

  /** For clients that were told so long ago and have not answered. */
  endThoseToldBefore(time: number): void {
    for (const { toldAt, socket } of this.#open) if (toldAt !== null && toldAt <= time) socket.destroy();
  }

  readonly #upgraded: Upgraded = (request, socket) => {
    if (request.headers.upgrade?.toLowerCase() !== "websocket") return this.#onTunnel(socket);
    const connection = new WebSocketConnection(request.url ?? "", socket, () => (this.told += 1));
    this.#open.add(connection);
    socket.once("close", () => this.#open.delete(connection));
    if (this.#leaving) connection.sayGoodbye(this.#leaving);
  };
}
