import type { IncomingMessage } from "node:http";
import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import { isHttpServer } from "../server/node-http.ts";
import { WebSocketConnection } from "./web-socket-connection.ts";

/** 1001, going away: nobody takes over. 1012, service restart: another worker does. */
export type CloseCode = 1001 | 1012;

/** Clients that are told at the same moment come back at the same moment: so much time for each of them, in milliseconds. */
const SPREAD = 2;

/** The WebSockets of all captured servers. */
export class WebSockets {
  readonly #open = new Set<WebSocketConnection>();
  #leaving: CloseCode | null = null;
  /** Close frames written. */
  told = 0;

  get open(): readonly WebSocketConnection[] {
    return [...this.#open];
  }

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

  /**
   * Tells every client to go, spread over time; a client answers by closing.
   * @param longest Milliseconds within which all must be told.
   * @param random 0..1
   */
  sayGoodbye(code: CloseCode, longest: number, random: () => number): void {
    this.#leaving = code;
    const spread = Math.min(SPREAD * this.#open.size, longest);
    for (const connection of this.#open) setTimeout(() => connection.sayGoodbye(code), random() * spread).unref();
  }

  /** For clients that were told so long ago and have not answered. */
  endThoseToldBefore(time: number): void {
    for (const { toldAt, socket } of this.#open) if (toldAt !== null && toldAt <= time) socket.destroy();
  }

  readonly #upgraded = (request: IncomingMessage, socket: Duplex): void => {
    if (request.headers.upgrade?.toLowerCase() !== "websocket") return;
    const connection = new WebSocketConnection(request.url ?? "", socket, () => (this.told += 1));
    this.#open.add(connection);
    socket.once("close", () => this.#open.delete(connection));
    if (this.#leaving) connection.sayGoodbye(this.#leaving);
  };
}
