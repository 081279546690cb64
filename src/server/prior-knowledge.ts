import type { IncomingMessage, Server as HttpServer } from "node:http";
import type * as Http2 from "node:http2";
import type { Socket } from "node:net";
import type { MessageClasses } from "./express-http2/message-classes.ts";
import { forwardRequests } from "./forward-requests.ts";
import { http2Options } from "./http2-options.ts";
import { refuseTwoHosts } from "./one-host.ts";
import { limitSessions, type SessionLimits } from "./session-limits.ts";
import { takeConnections } from "./take-connections.ts";

/** What a client of HTTP/2 says first: RFC 9113, 3.4. No request of HTTP/1 begins like this. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/**
 * Lets a plain http server take HTTP/2 as well, on the same port, from clients that know beforehand (h2c): the first bytes of a connection say which it
 * is. Requests of both reach the listeners of `server`, and so does `session`, with its socket.
 * @param messages the classes of requests and responses of HTTP/2; Node's own if empty
 * @throws AppError APP_NOT_SERVABLE: see take-connections.ts
 */
export function takePriorKnowledge(server: HttpServer, limits: SessionLimits, messages: Partial<MessageClasses>): void {
  const http2 = http2Server(server, limits, messages);
  const speakHttp2 = (socket: Socket): void => {
    if (socket.destroyed) return;
    http2.once("session", (session) => void server.emit("session", session, socket));
    // As a server of HTTP/2 has it: Node's session would hold what the client has closed.
    socket.allowHalfOpen = false;
    http2.emit("connection", socket);
  };
  const sort = (socket: Socket): void => new Newcomer(socket, limits.headers, speakHttp1, speakHttp2).look();
  const speakHttp1 = takeConnections(server, sort);
  ignoreUpgrades(server as Upgrading);
}

/** Node's own question whether a request that asks for another protocol may get it. */
interface Upgrading {
  shouldUpgradeCallback?(request: IncomingMessage): boolean;
}

/**
 * RFC 9113 has dropped the upgrade from HTTP/1.1, and some clients, Java's among them, still ask for it: to be answered in HTTP/1.1. An app with WebSockets
 * would be given such requests as upgrades, and refuse them.
 */
function ignoreUpgrades(server: Upgrading): void {
  const should = server.shouldUpgradeCallback?.bind(server);
  if (!should) return;
  server.shouldUpgradeCallback = (request) => request.headers.upgrade?.toLowerCase() !== "h2c" && should(request);
}

/** It listens nowhere. */
function http2Server(server: HttpServer, limits: SessionLimits, messages: Partial<MessageClasses>): Http2.Http2Server {
  const { createServer }: typeof Http2 = process.getBuiltinModule("node:http2");
  const http2 = createServer({ ...http2Options("proxy"), ...messages });
  forwardRequests(http2, server);
  limitSessions(http2, limits);
  refuseTwoHosts(http2);
  return http2;
}

type Way = (socket: Socket) => void;

/** A connection of which it is not known yet what it speaks. */
class Newcomer {
  readonly #socket: Socket;
  readonly #http1: Way;
  readonly #http2: Way;
  readonly #patience: NodeJS.Timeout | undefined;
  #read: Buffer = Buffer.alloc(0);

  /** @param patience for the first bytes, in milliseconds; 0: no limit */
  constructor(socket: Socket, patience: number, http1: Way, http2: Way) {
    this.#socket = socket;
    this.#http1 = http1;
    this.#http2 = http2;
    if (patience > 0) this.#patience = setTimeout(() => socket.destroy(), patience);
    socket.on("readable", this.look).on("error", ignore).once("end", this.#gone).once("close", this.#leave);
  }

  readonly look = (): void => {
    const bytes = this.#socket.read() as Buffer | null;
    if (bytes) this.#read = Buffer.concat([this.#read, bytes]);
    const known = Math.min(this.#read.length, PREFACE.length);
    const isPreface = this.#read.subarray(0, known).equals(PREFACE.subarray(0, known));
    if (!isPreface) return this.#send(this.#http1);
    if (known === PREFACE.length) this.#send(this.#http2);
  };

  #send(way: Way): void {
    this.#leave();
    if (this.#read.length > 0) this.#socket.unshift(this.#read);
    way(this.#socket);
  }

  readonly #leave = (): void => {
    clearTimeout(this.#patience);
    this.#socket.off("readable", this.look).off("error", ignore).off("end", this.#gone).off("close", this.#leave);
  };

  /** It has nothing to say any more, and has asked for nothing. */
  readonly #gone = (): void => void this.#socket.destroy();
}

function ignore(): void {}
