import diagnostics from "node:diagnostics_channel";
import type { ServerResponse } from "node:http";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { isTlsServer } from "../../server/node-http.ts";
import { protocolOf } from "../app/framework.ts";
import { EventStreams } from "../leaving/event-streams.ts";
import { WebSockets } from "../leaving/web-sockets.ts";
import { Durations } from "./durations.ts";
import { Http2Sessions, type OpenStream } from "./http2-sessions.ts";
import { Roster } from "./roster.ts";

/** What Node's diagnostics channels say of a request. */
interface Message {
  readonly socket: Socket;
  readonly response: ServerResponse;
}

/** A request that is being answered. */
export interface Exchange {
  readonly response: ServerResponse;
  /** On the clock of `performance.now()`. */
  readonly since: number;
}

/** An exchange as it is known to what it has set going, such as the timer of a connection that is kept. That may outlive it, and must not hold it. */
export interface Begun {
  /** Null: it is over. */
  response: ServerResponse | null;
}

/** A socket that a server has accepted knows it. */
type Accepted = Socket & { readonly server?: Server };

/** What the worker is doing for clients: its connections, requests and HTTP/2 sessions, over all captured servers. */
export class Traffic {
  /** Connections accepted since the start. */
  accepted = 0;
  /** Requests and HTTP/2 streams answered in full since the start. */
  requests = 0;
  /** Of those, from the head of the request to the end of the answer. */
  readonly durations = new Durations();
  readonly sockets = new Roster<Socket>();
  /** The TLS side of `sockets`: what arrived here was decrypted. */
  readonly secured = new Roster<Socket>();
  /** When the last handshake of TLS was over, on the clock of `performance.now()`. */
  securedAt = 0;
  /** Connections that Drover cannot read, bare TCP and tunnels, and since when they are open on the clock of `performance.now()`. */
  readonly bare = new Roster<Duplex, number>();
  readonly webSockets = new WebSockets((socket) => this.#leftHttp(socket));
  readonly http2 = new Http2Sessions((stream, open) => this.#streamClosed(stream, open));
  readonly eventStreams = new EventStreams();
  /** By socket, which costs less than a listener on each response; a pipelined request takes its predecessor's place. */
  readonly #inFlight = new Roster<Socket, Exchange>();
  /** How many of `sockets` are to speak TLS. */
  #underTls = 0;
  #answered: () => void = () => undefined;
  readonly #begins: ((response: ServerResponse, begun: Begun) => void)[] = [];
  readonly #finishes: ((response: ServerResponse, ms: number) => void)[] = [];
  readonly #streamFinishes: ((stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ms: number) => void)[] = [];
  readonly #connects: (() => void)[] = [];

  /**
   * Requests are seen through Node's own diagnostics channel: a `request` listener would be visible to the app, and an `upgrade`
   * listener would change what Node does with upgrades.
   */
  watchRequests(): void {
    const inFlight = this.#inFlight;
    const begins = this.#begins;
    const finishes = this.#finishes;
    diagnostics.subscribe("http.server.request.start", (message) => {
      const { socket, response } = message as Message;
      const exchange = { response, since: performance.now() };
      inFlight.set(socket, exchange);
      for (const begin of begins) begin(response, exchange);
    });
    diagnostics.subscribe("http.server.response.finish", (message) => {
      const { socket, response } = message as Message;
      this.requests += 1;
      const exchange = inFlight.get(socket);
      if (exchange?.response !== response) return;
      inFlight.delete(socket);
      const ms = performance.now() - exchange.since;
      this.durations.add(ms);
      for (const finish of finishes) finish(response, ms);
      const begun: Begun = exchange;
      begun.response = null;
    });
  }

  /** Responses that are not finished. A request that was broken off ends without a word, so those whose connection is gone are dropped here. */
  inFlight(): readonly Exchange[] {
    for (const socket of this.#inFlight.keys()) if (socket.destroyed) this.#inFlight.delete(socket);
    return this.#inFlight.values();
  }

  /** Nothing is under way that Drover can read. */
  isIdle(): boolean {
    const { open, streams } = this.http2;
    return this.inFlight().length === 0 && open.size + streams.size === 0 && this.webSockets.open.length === 0;
  }

  /** How many clients are in the middle of their TLS handshake, or have not begun it. */
  get handshakes(): number {
    return this.#underTls - this.secured.size;
  }

  endEventStreams(): void {
    const responses = this.inFlight().map(({ response }) => response);
    this.eventStreams.end(responses, this.http2.streams.keys());
  }

  socketsOf(server: Server): readonly Socket[] {
    return this.sockets.keys().filter((socket) => (socket as Accepted).server === server);
  }

  watchServer(server: Server): void {
    const { sockets, secured, bare } = this;
    const isTcp = protocolOf(server) === "tcp";
    const isTls = isTlsServer(server);
    const answered = (): void => this.#answered();
    const left = (): void => void (this.#underTls -= 1);
    // One function for all connections: a closure for each costs about 1 µs.
    const gone = function (this: Socket): void {
      sockets.delete(this);
      if (isTls) left();
      if (isTcp) bare.delete(this);
      if (isTcp && this.bytesWritten > 0) answered();
    };
    const securedGone = function (this: Socket): void {
      secured.delete(this);
    };
    server.on("connection", (socket: Socket) => {
      this.accepted += 1;
      sockets.set(socket);
      if (isTls) this.#underTls += 1;
      if (isTcp) bare.set(socket, performance.now());
      socket.on("close", gone);
      for (const connect of this.#connects) connect();
    });
    this.webSockets.watch(server);
    server.on("secureConnection", (socket: Socket) => {
      secured.set(socket);
      this.securedAt = performance.now();
      socket.on("close", securedGone);
    });
    this.http2.watch(server);
  }

  #leftHttp(socket: Duplex): void {
    this.bare.set(socket, performance.now());
    socket.once("close", () => this.bare.delete(socket));
  }

  /** @param open null: it was not answered in full */
  #streamClosed(stream: ServerHttp2Stream, open: OpenStream | null): void {
    if (open) {
      const ms = performance.now() - open.since;
      this.requests += 1;
      this.durations.add(ms);
      for (const finish of this.#streamFinishes) finish(stream, open.headers, ms);
    }
    this.#answered();
  }

  /** Once: the first response of HTTP/1, the first stream of HTTP/2, or the first bare TCP connection that was written to. */
  onFirstAnswer(tell: () => void): void {
    const finish = (): void => {
      diagnostics.unsubscribe("http.server.response.finish", finish);
      this.#answered = () => undefined;
      tell();
    };
    this.#answered = finish;
    diagnostics.subscribe("http.server.response.finish", finish);
  }

  /** On each request, before the app sees it: keep it cheap. */
  onRequest(begin: (response: ServerResponse, begun: Begun) => void): void {
    this.#begins.push(begin);
  }

  /** On each answer of HTTP/1 that was sent in full, `ms` after the head of its request: keep it cheap. */
  onFinish(finish: (response: ServerResponse, ms: number) => void): void {
    this.#finishes.push(finish);
  }

  /** The same over HTTP/2. */
  onStreamFinish(finish: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ms: number) => void): void {
    this.#streamFinishes.push(finish);
  }

  onConnection(connect: () => void): void {
    this.#connects.push(connect);
  }
}

/** Secrets travel in queries. */
export function withoutQuery(url = ""): string {
  return url.split("?", 1)[0] ?? "";
}
