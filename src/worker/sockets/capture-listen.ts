import cluster from "node:cluster";
import type { Socket } from "node:dgram";
import diagnostics from "node:diagnostics_channel";
import type { Server } from "node:net";
import { constants } from "node:os";
import { addressKey, ownAddress, type Address } from "../../protocol/address.ts";
import type { Boot } from "../../protocol/ipc.ts";
import type { Channel, ReceivedHandle } from "../channel.ts";
import { bindUdp } from "./bind-udp.ts";
import { CapturedServer } from "./captured-server.ts";
import { addressOf, isAnyPort, placeOf, type Query, type TcpAddress } from "./listen-query.ts";
import type { Place } from "./place.ts";
import { fromDescriptor, handleOf, listeningId, setPath, type SocketHandle } from "./socket-handle.ts";

type Answer = (errno: number | null, handle: SocketHandle | null) => void;
type GetServer = (server: Server | Socket, query: Query, answer: Answer) => void;

type Wishes = Pick<Boot, "backlog" | "hostFor" | "perSlot" | "slot">;

export interface CaptureEvents {
  /** Before anything else happens to a server that wants to listen. */
  readonly onListen: (server: Server) => void;
  /** Whether it is at the app's own address. */
  readonly isMeant: (server: Server, place: Place) => boolean;
  /** What a server waits for before it gets its socket; null: for nothing. */
  readonly prepare: (server: Server, place: Place) => Promise<void> | null;
  /** What clients of a server speak to. */
  readonly front: (server: Server) => Server;
  readonly onListening: (captured: CapturedServer) => void;
  /** A server did not get its socket. */
  readonly onRefused: () => void;
  readonly onClosed: (captured: CapturedServer) => void;
}

/**
 * Gives every `listen()` of the app the primary's socket. This replaces `cluster._getServer`, which Node calls in a cluster worker for TCP
 * and unix paths alike; should Node ever stop calling it, listens fall back to Node's own, and a second worker gets EADDRINUSE.
 */
export class ListenCapture {
  readonly #channel: Channel;
  readonly #inherited: Map<string, number>;
  readonly #boot: Wishes;
  readonly #events: CaptureEvents;
  readonly #servers = new Map<string, CapturedServer>();
  /** Servers on a descriptor of the app's own. */
  readonly #unkeyed = new Set<CapturedServer>();
  readonly #asked = new Map<number, (errno: number | null, handle: SocketHandle | null) => void>();
  readonly #pending = new Set<string>();
  #held: boolean;
  #lastSeq = 0;

  /** `held`: servers get their sockets and accept nothing before {@link open}. */
  constructor(
    channel: Channel,
    inherited: ReadonlyMap<string, number>,
    boot: Wishes,
    held: boolean,
    events: CaptureEvents,
  ) {
    this.#held = held;
    this.#channel = channel;
    this.#inherited = new Map(inherited);
    this.#boot = boot;
    this.#events = events;
  }

  install(): void {
    const capture: GetServer = (server, query, answer) => {
      if (typeof query.addressType === "string") bindUdp(server as Socket, query, answer as never);
      else this.#listen(server as Server, query, answer);
    };
    Object.assign(cluster, { _getServer: capture });
    diagnostics.subscribe("tracing:net.server.listen:asyncStart", share);
  }

  /** Servers the app has asked to listen: open now, or still waiting for their socket. */
  get count(): number {
    return this.#servers.size + this.#unkeyed.size + this.#pending.size;
  }

  get waiting(): boolean {
    return this.#pending.size > 0;
  }

  has(key: string): boolean {
    return this.#servers.has(key);
  }

  servers(): readonly CapturedServer[] {
    return [...this.#servers.values(), ...this.#unkeyed];
  }

  /** The worker is ready: what was held back accepts, and so does what the app opens later. */
  open(): void {
    this.#held = false;
    for (const captured of this.servers()) captured.open();
  }

  /** The app has booted, or will not any more: an inherited descriptor that it has not used would keep its address alive when all others have given it up. */
  settle(): void {
    for (const key of this.#inherited.keys()) this.released(key);
  }

  /** The primary's answer to a `listen` message. */
  answered(seq: number, errno: number | undefined, handle: ReceivedHandle | undefined): void {
    const asked = this.#asked.get(seq);
    this.#asked.delete(seq);
    asked?.(errno ?? null, (handle as SocketHandle | undefined) ?? null);
  }

  replug(key: string, handle: ReceivedHandle): void {
    const captured = this.#servers.get(key);
    if (captured) captured.replug(handle as SocketHandle);
    else this.discard(handle);
  }

  /** Hands a sibling's connection to the server of that address. */
  adopt(key: string, connection: ReceivedHandle): void {
    const captured = this.#servers.get(key);
    if (captured) captured.adopt(connection as SocketHandle);
    else this.discard(connection);
  }

  /** Lets the server that listens on `by` accept on the listener of `key` as well. */
  cover(key: string, by: string, handle: ReceivedHandle): void {
    const captured = this.#servers.get(by);
    if (captured) captured.cover(key, handle as SocketHandle);
    else this.discard(handle);
  }

  uncover(key: string): void {
    for (const captured of this.servers()) captured.uncover(key);
  }

  /** A handle that came too late. */
  discard(handle: ReceivedHandle): void {
    (handle as SocketHandle).close();
  }

  /** The primary has given up an address. An inherited descriptor that no server has claimed would keep it alive, with nobody to accept. */
  released(key: string): void {
    const fd = this.#inherited.get(key);
    if (fd === undefined || !this.#inherited.delete(key)) return;
    const handle = fromDescriptor(fd);
    if (typeof handle !== "number") handle.close();
  }

  #listen(server: Server, query: Query, answer: Answer): void {
    this.#events.onListen(server);
    const backlog = query.backlog || this.#boot.backlog;
    const { fd = -1 } = query;
    if (fd >= 0) return this.#afterPreparing(server, query, () => this.#adopt(server, fd, backlog, answer));
    const address = this.#placed(server, query);
    const key = addressKey(address);
    if (address.kind === "tcp" && address.port > LAST_PORT) {
      return process.nextTick(answer, -constants.errno.EADDRNOTAVAIL, null);
    }
    if (this.#servers.has(key) || this.#pending.has(key)) {
      return process.nextTick(answer, -constants.errno.EADDRINUSE, null);
    }
    const asked = listeningId(server);
    this.#pending.add(key);
    const use = (errno: number | null, handle: SocketHandle | null): void => {
      this.#pending.delete(key);
      if (listeningId(server) !== asked) return this.#closedEarly(key, handle);
      if (!handle) {
        answer(errno, null);
        return this.#events.onRefused();
      }
      if (address.own) seemToBeAt(server, handle, query, address);
      this.#connect(key, server, handle, backlog, answer);
    };
    this.#afterPreparing(server, query, () => this.#obtain(address, key, use));
  }

  /** At once, wherever nothing is to be waited for: Node's own `listen()` is that quick. */
  #afterPreparing(server: Server, query: Query, go: () => void): void {
    const prepared = this.#events.prepare(server, placeOf(query));
    if (prepared) void prepared.then(go);
    else go();
  }

  /** From what was inherited at the fork, else from the primary. */
  #obtain(address: Address, key: string, use: (errno: number | null, handle: SocketHandle | null) => void): void {
    const fd = this.#inherited.get(key);
    const handle = fd === undefined ? -1 : fromDescriptor(fd);
    if (typeof handle !== "number") {
      this.#inherited.delete(key);
      return use(null, handle);
    }
    const seq = ++this.#lastSeq;
    this.#asked.set(seq, use);
    this.#channel.hold();
    this.#channel.send({ type: "listen", seq, address });
  }

  #adopt(server: Server, fd: number, backlog: number, answer: Answer): void {
    const handle = fromDescriptor(fd);
    if (typeof handle === "number") return process.nextTick(answer, handle, null);
    this.#connect(null, server, handle, backlog, answer);
  }

  #connect(key: string | null, server: Server, handle: SocketHandle, backlog: number, answer: Answer): void {
    const held = this.#held;
    const onClose = (): void => this.#closed(captured);
    const front = this.#events.front(server);
    const captured: CapturedServer = new CapturedServer(key, server, handle, { front, backlog, held, onClose });
    if (held) onlySeemToListen(handle);
    else useBacklog(handle, backlog);
    answer(0, handle);
    Reflect.deleteProperty(handle, "listen");
    Reflect.deleteProperty(handle, "getsockname");
    if (handleOf(server) !== handle) return;
    if (key === null) this.#unkeyed.add(captured);
    else this.#servers.set(key, captured);
    this.#events.onListening(captured);
  }

  /** The app closed its server before the socket came. */
  #closedEarly(key: string, handle: SocketHandle | null): void {
    handle?.close();
    this.#channel.send({ type: "closed", key });
  }

  #closed(captured: CapturedServer): void {
    if (captured.key === null) this.#unkeyed.delete(captured);
    else this.#servers.delete(captured.key);
    this.#events.onClosed(captured);
  }

  /** With an address for each slot: this slot's of the family, or one that it shares. Several listens on port 0 are not one family. */
  #placed(server: Server, query: Query): Address {
    const { hostFor, perSlot, slot } = this.#boot;
    const found = addressOf(query, hostFor);
    const asked = isAnyPort(found) ? { ...found, index: this.#freeIndex(found) } : found;
    if (!perSlot) return asked;
    const isOwn = this.#events.isMeant(server, placeOf(query)) && !(isAnyPort(asked) && asked.index > 0);
    return isOwn ? ownAddress(asked, slot) : { ...asked, own: null };
  }

  /** Several live listens on port 0 are several ports; after a close its port is the first to be had again. */
  #freeIndex(address: TcpAddress): number {
    const isTaken = (index: number): boolean => {
      const asked = { ...address, index };
      return [asked, ownAddress(asked, this.#boot.slot)].some((one) => {
        const key = addressKey(one);
        return this.#servers.has(key) || this.#pending.has(key);
      });
    };
    let index = 0;
    while (isTaken(index)) index += 1;
    return index;
  }
}

const LAST_PORT = 65_535;

/**
 * With `exclusive` or `reusePort` Node would bind for this worker alone, past us: a second worker then fails, or loses the connections queued for it
 * when it leaves. Node shows the options here before it reads them.
 */
function share(message: unknown): void {
  const { options } = message as { options: { exclusive?: boolean; reusePort?: boolean } };
  if (options.reusePort) options.reusePort = false;
  if (options.exclusive) options.exclusive = false;
}

/** Node takes a port that differs from the one it has asked for as taken, and the path of a unix socket for what it has asked for. */
function seemToBeAt(server: Server, handle: SocketHandle, { port }: Query, address: Address): void {
  if (address.kind === "unix") setPath(server, address.path);
  else if (port > 0) handle.getsockname = (out) => (Object.assign(out, { port }), 0);
}

/** The app hears that it listens, and its address, while clients still go to other workers. */
function onlySeemToListen(handle: SocketHandle): void {
  handle.listen = () => 0;
}

/** The app seldom asks for a backlog; Node's default of 511 is short for a shared socket. */
function useBacklog(handle: SocketHandle, backlog: number): void {
  const prototype = Object.getPrototypeOf(handle) as SocketHandle;
  handle.listen = () => prototype.listen.call(handle, backlog);
}
