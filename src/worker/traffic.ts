import diagnostics from "node:diagnostics_channel";
import type { ServerResponse } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import type { Server, Socket } from "node:net";
import { WebSockets } from "./web-sockets.ts";

/** What the worker is doing for clients: its connections, requests and HTTP/2 sessions, over all captured servers. */
export class Traffic {
  /** Connections accepted since the start. */
  accepted = 0;
  readonly sockets = new Set<Socket>();
  /** The TLS side of `sockets`: what arrived here was decrypted. */
  readonly secured = new Set<Socket>();
  readonly inFlight = new Set<ServerResponse>();
  readonly webSockets = new WebSockets();
  readonly sessions = new Set<ServerHttp2Session>();
  readonly #begins: ((response: ServerResponse) => void)[] = [];
  readonly #connects: (() => void)[] = [];

  /**
   * Requests are seen through Node's own diagnostics channel: a `request` listener would be visible to the app, and an `upgrade`
   * listener would change what Node does with upgrades.
   */
  watchRequests(): void {
    const { inFlight } = this;
    const finish = function (this: ServerResponse): void {
      inFlight.delete(this);
    };
    diagnostics.subscribe("http.server.request.start", (message) => {
      const { response } = message as { response: ServerResponse };
      inFlight.add(response);
      response.on("close", finish);
      for (const begin of this.#begins) begin(response);
    });
  }

  watchServer(server: Server): void {
    server.on("connection", (socket: Socket) => {
      this.accepted += 1;
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
      for (const connect of this.#connects) connect();
    });
    this.webSockets.watch(server);
    server.on("secureConnection", (socket: Socket) => {
      this.secured.add(socket);
      socket.once("close", () => this.secured.delete(socket));
    });
    server.on("session", (session: ServerHttp2Session) => {
      this.sessions.add(session);
      session.once("close", () => this.sessions.delete(session));
    });
  }

  /** Once. What a bare TCP or HTTP/2 client was answered cannot be seen from here: its connection counts. */
  onFirstAnswer(answered: () => void): void {
    const finish = (): void => {
      diagnostics.unsubscribe("http.server.response.finish", finish);
      answered();
    };
    diagnostics.subscribe("http.server.response.finish", finish);
  }

  /** On each request, before the app sees it: keep it cheap. */
  onRequest(begin: (response: ServerResponse) => void): void {
    this.#begins.push(begin);
  }

  onConnection(connect: () => void): void {
    this.#connects.push(connect);
  }
}
