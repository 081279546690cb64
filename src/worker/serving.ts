import type { Server as HttpServer } from "node:http";
import type { Server } from "node:net";
import type { Boot } from "../protocol/ipc.ts";
import type { TlsState } from "../protocol/tls.ts";
import { equip } from "../server/equip.ts";
import { AppBoot, type Booted } from "./app/boot-app.ts";
import { protocolOf } from "./app/framework.ts";
import type { Channel, ReceivedHandle } from "./channel.ts";
import { Admission } from "./overload/admission.ts";
import { AppAddress } from "./sockets/app-address.ts";
import { ListenCapture } from "./sockets/capture-listen.ts";
import type { CapturedServer } from "./sockets/captured-server.ts";
import { Gate } from "./sockets/gate.ts";
import type { Place } from "./sockets/place.ts";
import { PlainServers } from "./sockets/plain-servers.ts";
import { Redirects } from "./tls/redirects.ts";
import { SharedTls } from "./tls/shared-tls.ts";
import { TlsDuty } from "./tls/tls-duty.ts";
import type { Traffic } from "./traffic/traffic.ts";
import { TrustedProxies } from "./traffic/trusted-proxies.ts";

/** What the servers must know of the worker around them. */
export interface Surroundings {
  /** Servers open only when the app is ready, instead of as they listen. */
  readonly opensLate: boolean;
  /** Not on its way out, where the app's own shutdown closes servers. */
  readonly stays: () => boolean;
  readonly failed: (error: unknown) => void;
}

/** The app and its servers: from its entry's first line to what stands between the kernel's queue and the app. */
export class Serving {
  readonly #channel: Channel;
  readonly #boot: Boot;
  readonly #traffic: Traffic;
  readonly #stays: () => boolean;
  readonly #tls: SharedTls;
  readonly #address: AppAddress;
  readonly #plain: PlainServers;
  readonly #tlsDuty: TlsDuty;
  readonly #capture: ListenCapture;
  readonly #redirects: Redirects;
  readonly #gate: Gate;
  /** Null: without a cap. */
  readonly #admission: Admission | null;
  /** Null: what the app hears of the way of a request is its own affair. */
  readonly #proxies: TrustedProxies | null;
  readonly #app: AppBoot;

  constructor(boot: Boot, channel: Channel, traffic: Traffic, { opensLate, stays, failed }: Surroundings) {
    this.#boot = boot;
    this.#channel = channel;
    this.#traffic = traffic;
    this.#stays = stays;
    const inherited = new Map(boot.inherited.map(({ key, fd }) => [key, fd]));
    this.#tls = new SharedTls(boot, channel);
    this.#address = new AppAddress(boot);
    this.#plain = new PlainServers(boot, this.#tls, this.#address);
    this.#tlsDuty = new TlsDuty(boot, this.#tls, { servers: () => this.servers(), failed });
    this.#capture = new ListenCapture(channel, inherited, boot, opensLate, {
      onListen: (server) => this.#redirects.has(server) || this.#app.appListens(server),
      isMeant: (server, place) => !this.#redirects.has(server) && this.#address.isMeant(place),
      prepare: (server, place) => this.#prepare(server, place),
      front: (server) => this.#plain.front(server),
      onListening: (captured) => this.#listening(captured),
      onRefused: () => this.#app.listenSettled(),
      onClosed: (captured) => this.#closed(captured),
    });
    this.#redirects = new Redirects(boot, this.#tls, this.#capture);
    this.#gate = new Gate(this.#capture, channel);
    this.#admission = boot.maxInFlight === null ? null : new Admission(boot.maxInFlight, this.#gate);
    this.#proxies = boot.trustProxy === null ? null : new TrustedProxies(boot.trustProxy);
    this.#app = new AppBoot(boot, this.#capture, this.#tls, {
      onServeChanged: () => {
        channel.send({ type: "serve-changed" });
        this.#address.beginAnew();
        this.#tlsDuty.beginAnew();
      },
      onAddressGivenUp: (key) => channel.send({ type: "closed", key }),
    });
  }

  install(): void {
    this.#capture.install();
  }

  /** Resolves when the app is loaded and listens. */
  async run(): Promise<Booted> {
    const booted = await this.#app.run();
    if (!booted.background) await this.#tlsDuty.done();
    await this.#redirects.open();
    return booted;
  }

  servers(): readonly CapturedServer[] {
    return this.#capture.servers();
  }

  /** What came before was between Drover and the app: only from here on it is traffic. */
  open(): void {
    this.servers().forEach((captured) => this.#serves(captured));
    this.#capture.open();
  }

  /** Descriptors that nobody has claimed by now are given up. */
  settle(): void {
    this.#capture.settle();
  }

  /** From now on the cap only refuses: to whom connections go is decided. */
  leave(): void {
    this.#admission?.leave();
  }

  async closeApp(): Promise<void> {
    await this.#app.close();
  }

  answered(seq: number, errno: number | undefined, handle: ReceivedHandle | undefined): void {
    this.#capture.answered(seq, errno, handle);
  }

  released(key: string): void {
    this.#capture.released(key);
  }

  swap(state: TlsState): void {
    this.#channel.send({ type: "tls-applied", serial: state.serial, error: this.#tls.take(state) });
  }

  sayIfFree(): void {
    if (this.#gate.isOpen) this.#channel.send({ type: "free" });
  }

  stepAside(): void {
    this.#gate.stepAside();
  }

  rejoin(key: string, handle: ReceivedHandle | undefined): void {
    if (!handle) return;
    if (!this.#stays()) return this.#capture.discard(handle);
    if (this.#gate.rejoin(key, handle)) this.#admission?.reopened();
  }

  cover(key: string, by: string, handle: ReceivedHandle): void {
    this.#gate.cover(key, by, handle);
  }

  uncover(key: string): void {
    this.#capture.uncover(key);
  }

  discard(handle: ReceivedHandle): void {
    this.#capture.discard(handle);
  }

  /** Said at once, before anything is read: should this process end now, the connection is ours to rescue. */
  adopt(key: string, id: number, connection: ReceivedHandle | undefined): void {
    if (connection) this.#capture.adopt(key, connection);
    this.#channel.send({ type: "adopted", id });
  }

  #listening(captured: CapturedServer): void {
    if (!this.#app.made(captured.server)) equip(captured.server, this.#boot.timeouts).catch(() => {});
    this.#tlsDuty.listens(captured);
    this.#app.listenSettled();
    if (!captured.isHeld) this.#serves(captured);
  }

  #prepare(server: Server, place: Place): Promise<void> | null {
    if (this.#redirects.has(server)) return null;
    const made = this.#app.made(server);
    const refused = this.#tlsDuty.refuse(server, made ? null : place);
    if (refused || made) return refused;
    return protocolOf(server) === "http" ? this.#plain.prepare(server as HttpServer, place) : this.#tls.prepare(server);
  }

  #serves({ server, front, key }: CapturedServer): void {
    this.#traffic.watchServer(front);
    this.#admission?.watch(front);
    if (protocolOf(front) !== "tcp") this.#proxies?.watch(front, server.address());
    const protocol = this.#redirects.has(server) ? "redirect" : protocolOf(front);
    if (key !== null) this.#channel.send({ type: "listening", key, protocol, ownTls: this.#tls.isForeign(front) });
  }

  /** While leaving, the app's shutdown handlers close servers too: that must not give the address up for the other workers. */
  #closed(captured: CapturedServer): void {
    const { key } = captured;
    if (key !== null && this.#stays() && !this.#app.keepsAddress(captured)) this.#channel.send({ type: "closed", key });
  }
}
