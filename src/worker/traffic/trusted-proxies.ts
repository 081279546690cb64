import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { IncomingHttpHeaders as Http2Headers, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import { judge, type Changes, type Peer } from "../../server/forwarded/judge.ts";
import { trustOf, type Trust } from "../../server/forwarded/trust.ts";

type Emit = (name: string | symbol, ...rest: unknown[]) => boolean;

const CLIENT = Symbol("drover.client");
const PEER = Symbol("drover.peer");

/** A request, or a stream of HTTP/2, once it was judged. */
type Judged = { [CLIENT]?: string | undefined };
type Connected = { [PEER]?: Peer };

/** A request of HTTP/2 has a stream, or a socket that stands for one. */
type Request = IncomingMessage & { readonly stream?: object; readonly socket: Socket & { readonly stream?: object } };

/** Node's question whether a request that asks for another protocol may get it. */
type Upgrading = Server & { shouldUpgradeCallback?: (request: Request) => boolean };

/** Node's events with a request as their first argument. */
const REQUESTS: ReadonlySet<string | symbol> = new Set([
  "request",
  "checkContinue",
  "checkExpectation",
  "upgrade",
  "connect",
  "dropRequest",
]);

const LOOPBACK = "127.0.0.1";
const STRANGER: Peer = { address: undefined, isTrusted: false };

/** The address of the client of a request or a stream, as far as trusted proxies vouch for it. Undefined: unknown, or nobody was asked to look. */
export function clientOf(work: object): string | undefined {
  return (work as Judged)[CLIENT];
}

/**
 * Lets the app hear of the way a request has come only what trusted proxies say. It stands in the `emit` of the server: the one place that comes before
 * every listener of the app.
 */
export class TrustedProxies {
  readonly #trust: Trust;
  readonly #watched = new WeakSet<Server>();
  /** Those that listen on a unix socket now. */
  readonly #local = new WeakSet<Server>();

  /** @param list as `Boot.trustProxy` */
  constructor(list: readonly string[]) {
    this.#trust = trustOf(list);
  }

  /** @param address where its clients connect: of a unix socket a text, or nothing where the socket was passed as a descriptor */
  watch(server: Server, address: AddressInfo | string | null): void {
    if (address === null || typeof address === "string") this.#local.add(server);
    else this.#local.delete(server);
    if (this.#watched.has(server)) return;
    this.#watched.add(server);
    const emit = server.emit as Emit;
    const judgeFirst: Emit = (name, ...rest) => {
      if (REQUESTS.has(name)) this.#judge(rest[0] as Request);
      else if (name === "connection" || name === "secureConnection") this.#connected(server, rest[0] as Socket);
      else if (name === "session") this.#judgeStreams(rest[0] as ServerHttp2Session);
      return emit.call(server, name, ...rest);
    };
    Object.assign(server, { emit: judgeFirst });
    this.#judgeUpgrades(server);
  }

  /** Here an app may look at a request before there is an event. */
  #judgeUpgrades(server: Upgrading): void {
    const should = server.shouldUpgradeCallback;
    if (!should) return;
    server.shouldUpgradeCallback = (request) => {
      this.#judge(request);
      return should.call(server, request);
    };
  }

  /** Now: of a connection that its client has reset Node cannot say any more where it came from. */
  #connected(server: Server, socket: Socket): void {
    const isLocal = this.#local.has(server);
    if (isLocal && this.#trust.unix) sayLoopback(socket);
    const address = socket.remoteAddress;
    const isTrusted = isLocal ? this.#trust.unix : address !== undefined && this.#trust.hasPeer(address);
    (socket as Connected)[PEER] = { address, isTrusted };
  }

  #judge(request: Request): void {
    const { stream = request.socket.stream } = request;
    // An app that has heard `checkContinue` emits `request` itself.
    if (CLIENT in request || (stream && CLIENT in stream)) return;
    const { [PEER]: peer = STRANGER } = request.socket as Connected;
    const { client, changes } = judge(request.rawHeaders, peer, this.#trust);
    (request as Judged)[CLIENT] = client;
    if (!changes) return;
    // Node makes them when they are asked for, from `rawHeaders` and its former length.
    change(request.headers, changes);
    change(request.headersDistinct, changes, (value) => [value]);
    changeRaw(request.rawHeaders, changes);
  }

  /** Node's own listener gives them to the app. */
  #judgeStreams(session: ServerHttp2Session): void {
    const { [PEER]: peer = STRANGER } = session.socket as Connected;
    const judgeStream = (stream: ServerHttp2Stream, headers: Http2Headers, _flags: number, raw: string[]): void => {
      const { client, changes } = judge(raw, peer, this.#trust);
      (stream as Judged)[CLIENT] = client;
      if (!changes) return;
      change(headers, changes);
      changeRaw(raw, changes);
    };
    session.prependListener("stream", judgeStream as never);
  }
}

/** Frameworks ask the socket, and have rules for loopback of their own. */
function sayLoopback(socket: Socket): void {
  const says = { configurable: true, writable: true };
  Object.defineProperty(socket, "remoteAddress", { ...says, value: LOOPBACK });
  Object.defineProperty(socket, "remoteFamily", { ...says, value: "IPv4" });
}

function change(
  headers: IncomingHttpHeaders | Http2Headers | NodeJS.Dict<string[]>,
  changes: Changes,
  written: (value: string) => string | string[] = (value) => value,
): void {
  for (const [name, value] of changes) {
    if (value === null) Reflect.deleteProperty(headers, name);
    else headers[name] = written(value);
  }
}

/** What was sent in several fields is said in the first of them. */
function changeRaw(raw: string[], changes: Changes): void {
  const left = new Map<string, string | null>(changes);
  const fields: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const [name = "", sent = ""] = [raw[index], raw[index + 1]];
    const key = name.toLowerCase();
    const value = changes.has(key) ? (left.get(key) ?? null) : sent;
    left.delete(key);
    if (value !== null) fields.push(name, value);
  }
  raw.splice(0, raw.length, ...fields);
}
