import type { Server as HttpServer } from "node:http";
import type * as Http2 from "node:http2";
import type { Socket } from "node:net";
import { AppError } from "../errors.ts";
import { forwardRequests } from "./forward-requests.ts";
import { http2Options } from "./http2-options.ts";
import { limitSessions, type SessionLimits } from "./session-limits.ts";

type MessageClasses = Pick<Http2.ServerOptions, "Http2ServerRequest" | "Http2ServerResponse">;

/** What a client of HTTP/2 says first: RFC 9113, 3.4. No request of HTTP/1 begins like this. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/**
 * Lets a plain http server take HTTP/2 as well, on the same port, from clients that know beforehand (h2c): the first bytes of a connection say which it
 * is. Requests of both reach the listeners of `server`, and so does `session`, with its socket.
 * @param messages the classes of requests and responses of HTTP/2; Node's own if empty
 * @throws AppError APP_NOT_SERVABLE where Node has changed too much for that
 */
export function takePriorKnowledge(server: HttpServer, limits: SessionLimits, messages: MessageClasses): void {
  // Node's own listener, which makes a connection one of HTTP/1. There is no other way between a server and its connections.
  const http1 = server.listeners("connection").find(({ name }) => name === "connectionListener");
  if (!http1) throw notPossible();
  const http2 = http2Server(server, limits, messages);
  const sort = (socket: Socket): void =>
    new Newcomer(socket, limits.headers, {
      http1: () => void http1.call(server, socket),
      http2: () => {
        if (socket.destroyed) return;
        http2.once("session", (session) => void server.emit("session", session, socket));
        http2.emit("connection", socket);
      },
    }).look();
  server.off("connection", http1 as () => void);
  server.prependListener("connection", sort);
}

/** It listens nowhere. */
function http2Server(server: HttpServer, limits: SessionLimits, messages: MessageClasses): Http2.Http2Server {
  const { createServer }: typeof Http2 = process.getBuiltinModule("node:http2");
  const http2 = createServer({ ...http2Options("proxy"), ...messages });
  forwardRequests(http2, server);
  limitSessions(http2, limits);
  return http2;
}

interface Ways {
  readonly http1: () => void;
  readonly http2: () => void;
}

/** A connection of which it is not known yet what it speaks. */
class Newcomer {
  readonly #socket: Socket;
  readonly #ways: Ways;
  readonly #patience: NodeJS.Timeout | undefined;
  #read: Buffer = Buffer.alloc(0);

  /** @param patience for the first bytes, in milliseconds; 0: no limit */
  constructor(socket: Socket, patience: number, ways: Ways) {
    this.#socket = socket;
    this.#ways = ways;
    if (patience > 0) this.#patience = setTimeout(() => socket.destroy(), patience);
    socket.on("readable", this.look).on("error", ignore).once("end", this.#gone).once("close", this.#leave);
  }

  readonly look = (): void => {
    const bytes = this.#socket.read() as Buffer | null;
    if (bytes) this.#read = Buffer.concat([this.#read, bytes]);
    const known = Math.min(this.#read.length, PREFACE.length);
    const isPreface = this.#read.subarray(0, known).equals(PREFACE.subarray(0, known));
    if (!isPreface) return this.#send(this.#ways.http1);
    if (known === PREFACE.length) this.#send(this.#ways.http2);
  };

  #send(way: () => void): void {
    this.#leave();
    if (this.#read.length > 0) this.#socket.unshift(this.#read);
    way();
  }

  readonly #leave = (): void => {
    clearTimeout(this.#patience);
    this.#socket.off("readable", this.look).off("error", ignore).off("end", this.#gone).off("close", this.#leave);
  };

  /** It has nothing to say any more, and has asked for nothing. */
  readonly #gone = (): void => void this.#socket.destroy();
}

function ignore(): void {}

function notPossible(): AppError {
  const hint = 'Set http2: "tls", or report this with the version of Node.';
  return new AppError(
    "APP_NOT_SERVABLE",
    `Node ${process.versions.node} does not let HTTP/2 onto plain listeners`,
    hint,
  );
}
