/**
 * The inside of a worker: boot, ready, drain, exit. Started by primary/workers/worker-handle.ts; its orders come over the message channel.
 */
import type { Server as HttpServer } from "node:http";
import type { Server } from "node:net";
import { BOOT_ENV, type Boot, type ToWorker } from "../protocol/ipc.ts";
import type { TlsState } from "../protocol/tls.ts";
import { equip } from "../server/equip.ts";
import { AppBoot } from "./app/boot-app.ts";
import { assumeRole } from "./app/cluster-role.ts";
import { followRequests } from "./app/culprit.ts";
import { reportBootError, reportOf } from "./app/error-report.ts";
import { protocolOf } from "./app/framework.ts";
import { HeldSignals } from "./app/held-signals.ts";
import { loseNoOutput } from "./app/lose-no-output.ts";
import { Readiness } from "./app/readiness.ts";
import { reportLoads } from "./app/report-loads.ts";
import { sayShutdown } from "./app/shutdown-message.ts";
import { isHopeless, onUncaught } from "./app/uncaught.ts";
import { Channel, type ReceivedHandle } from "./channel.ts";
import { Departure } from "./leaving/departure.ts";
import { allGone, drain } from "./leaving/drain.ts";
import { Admission } from "./overload/admission.ts";
import { AppAddress } from "./sockets/app-address.ts";
import { ListenCapture } from "./sockets/capture-listen.ts";
import type { CapturedServer } from "./sockets/captured-server.ts";
import { Gate } from "./sockets/gate.ts";
import type { Place } from "./sockets/place.ts";
import { PlainServers } from "./sockets/plain-servers.ts";
import { rescueUnread } from "./sockets/rescue.ts";
import { Redirects } from "./tls/redirects.ts";
import { SharedTls } from "./tls/shared-tls.ts";
import { TlsDuty } from "./tls/tls-duty.ts";
import { FigureTaker } from "./traffic/figures.ts";
import { observe } from "./traffic/observe.ts";
import { Traffic } from "./traffic/traffic.ts";
import { TrustedProxies } from "./traffic/trusted-proxies.ts";

type State = "booting" | "ready" | "leaving" | "crashing";

class Worker {
  readonly #boot: Boot;
  readonly #channel = new Channel();
  readonly #signals = new HeldSignals();
  readonly #traffic = new Traffic();
  readonly #tls: SharedTls;
  readonly #address: AppAddress;
  readonly #plain: PlainServers;
  readonly #tlsDuty: TlsDuty;
  readonly #capture: ListenCapture;
  readonly #redirects: Redirects;
  readonly #app: AppBoot;
  readonly #readiness: Readiness;
  readonly #gate: Gate;
  /** Null: without a cap. */
  readonly #admission: Admission | null;
  /** Null: what the app hears of the way of a request is its own affair. */
  readonly #proxies: TrustedProxies | null;
  readonly #figures = new FigureTaker(this.#traffic);
  readonly #cutCulprit = followRequests(this.#traffic);
  #state: State = "booting";
  /** Null: it stays. */
  #departure: Departure | null = null;

  constructor(boot: Boot) {
    this.#boot = boot;
    const inherited = new Map(boot.inherited.map(({ key, fd }) => [key, fd]));
    this.#readiness = new Readiness(boot, (reason) => this.#channel.send({ type: "not-ready", reason }));
    this.#tls = new SharedTls(boot, this.#channel);
    this.#address = new AppAddress(boot);
    this.#plain = new PlainServers(boot, this.#tls, this.#address);
    this.#tlsDuty = new TlsDuty(boot, this.#tls, {
      servers: () => this.#capture.servers(),
      failed: (error) => this.#failed(error),
    });
    this.#capture = new ListenCapture(this.#channel, inherited, boot, this.#readiness.isAwaited, {
      onListen: (server) => this.#redirects.has(server) || this.#app.appListens(server),
      isMeant: (server, place) => !this.#redirects.has(server) && this.#address.isMeant(place),
      prepare: (server, place) => this.#prepare(server, place),
      front: (server) => this.#plain.front(server),
      onListening: (captured) => this.#listening(captured),
      onRefused: () => this.#app.listenSettled(),
      onClosed: (captured) => this.#closed(captured),
    });
    this.#redirects = new Redirects(boot, this.#tls, this.#capture);
    this.#gate = new Gate(this.#capture, this.#channel);
    this.#admission = boot.maxInFlight === null ? null : new Admission(boot.maxInFlight, this.#gate);
    this.#proxies = boot.trustProxy === null ? null : new TrustedProxies(boot.trustProxy);
    this.#app = new AppBoot(boot, this.#capture, this.#tls, {
      onServeChanged: () => {
        this.#channel.send({ type: "serve-changed" });
        this.#address.beginAnew();
        this.#tlsDuty.beginAnew();
      },
      onAddressGivenUp: (key) => this.#channel.send({ type: "closed", key }),
    });
  }

  async run(): Promise<void> {
    this.#signals.hold();
    this.#signals.onSignal((signal) => this.#signalled(signal));
    loseNoOutput();
    assumeRole();
    this.#channel.letGo();
    this.#channel.onMessage((message, handle) => this.#obey(message, handle));
    this.#channel.onLost(() => this.#orphaned());
    if (!this.#readiness.isAwaited) this.#observe();
    if (this.#boot.watch) reportLoads(this.#channel);
    this.#capture.install();
    this.#readiness.install();
    onUncaught((thrown) => this.#failed(thrown));
    try {
      const booted = await this.#app.run();
      if (!booted.background) await this.#tlsDuty.done();
      await this.#redirects.open();
      if (!this.#isBooting()) return;
      this.#channel.hold();
      await this.#readiness.reached(() => this.#capture.servers());
      if (!this.#isBooting()) return;
      if (this.#readiness.isAwaited) this.#open();
      this.#state = "ready";
      this.#capture.settle();
      this.#channel.send({ type: "ready", ...booted });
    } catch (error) {
      this.#failed(error);
    }
  }

  /** What came before was between Drover and the app: only from here on it is traffic. */
  #open(): void {
    this.#observe();
    this.#capture.servers().forEach((captured) => this.#serves(captured));
    this.#capture.open();
  }

  #observe(): void {
    observe(this.#traffic, this.#channel, this.#boot);
    process.on("exit", () => rescueUnread(this.#traffic, this.#capture.servers()));
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
    const chosen = this.#state === "booting" || this.#state === "ready";
    if (key !== null && chosen && !this.#app.keepsAddress(captured)) this.#channel.send({ type: "closed", key });
  }

  #obey(message: ToWorker, handle: ReceivedHandle | undefined): void {
    switch (message.type) {
      case "listener":
        return this.#capture.answered(message.seq, message.errno, handle);
      case "released":
        return this.#capture.released(message.key);
      case "tls":
        return this.#swap(message.state);
      case "is-free":
        return this.#gate.isOpen ? this.#channel.send({ type: "free" }) : undefined;
      case "step-aside":
        return this.#gate.stepAside();
      case "rejoin":
        return this.#rejoin(message.key, handle);
      case "cover":
        return handle && this.#cover(message.key, message.by, handle);
      case "uncover":
        return this.#capture.uncover(message.key);
      case "adopt":
        return this.#adopt(message.key, message.id, handle);
      case "drain":
        return void this.#leave(message.mode, message.except);
      case "report":
        return void this.#figures.take().then((figures) => {
          this.#channel.send({ type: "figures", seq: message.seq, ...figures });
        });
    }
  }

  #swap(state: TlsState): void {
    this.#channel.send({ type: "tls-applied", serial: state.serial, error: this.#tls.take(state) });
  }

  #rejoin(key: string, handle: ReceivedHandle | undefined): void {
    if (!handle) return;
    if (this.#state !== "ready" && this.#state !== "booting") return this.#capture.discard(handle);
    if (this.#gate.rejoin(key, handle)) this.#admission?.reopened();
  }

  #cover(key: string, by: string, handle: ReceivedHandle): void {
    if (this.#state === "ready") this.#gate.cover(key, by, handle);
    else this.#capture.discard(handle);
  }

  /** Said at once, before anything is read: should this process end now, the connection is ours to rescue. */
  #adopt(key: string, id: number, connection: ReceivedHandle | undefined): void {
    if (connection) this.#capture.adopt(key, connection);
    this.#channel.send({ type: "adopted", id });
  }

  /** TERM for this worker alone asks it to go; INT and HUP come from a terminal and are the primary's affair. */
  #signalled(signal: NodeJS.Signals): void {
    if (signal !== "SIGTERM" || this.#state === "leaving" || this.#state === "crashing") return;
    this.#channel.send({ type: "leaving", signal });
    void this.#leave("leave");
  }

  /** The primary is gone, and with it whoever would enforce the deadline. */
  #orphaned(): void {
    setTimeout(exit, this.#boot.timeouts.drain).unref();
    void this.#leave("leave");
  }

  /** Finishes what was accepted, then lets the app's own shutdown handlers run. The primary has the deadline. */
  async #leave(mode: "stop" | "leave", except: readonly string[] = []): Promise<void> {
    if (this.#state === "leaving" || this.#state === "crashing") return;
    this.#state = "leaving";
    this.#readiness.giveUp();
    this.#capture.settle();
    await this.#drain(mode, except);
    if (this.#isCrashing()) return;
    this.#channel.letGo();
    const appEndsIt = (this.#boot.shutdownMessage && sayShutdown()) || this.#signals.release();
    await this.#app.close();
    if (appEndsIt) return;
    await allGone(this.#traffic, this.#boot.timeouts.idle);
    process.exit();
  }

  /** Resolves when every request is answered, and that is said. A worker that crashes while it leaves goes on with the departure it has begun. */
  async #drain(mode: "stop" | "leave", except: readonly string[]): Promise<void> {
    const { idle, drain: timeLeft } = this.#boot.timeouts;
    const departure = (this.#departure ??= this.#depart());
    await drain(this.#traffic, this.#capture.servers(), { mode, except, idle, timeLeft });
    departure.answered();
  }

  #depart(): Departure {
    this.#admission?.leave();
    const { drain: deadline } = this.#boot.timeouts;
    return new Departure(this.#traffic, deadline, (report) => {
      this.#channel.send({ type: "drained", ...report });
    });
  }

  #isBooting(): boolean {
    return this.#state === "booting";
  }

  #isCrashing(): boolean {
    return this.#state === "crashing";
  }

  #failed(thrown: unknown): void {
    if (this.#state === "booting") {
      this.#state = "crashing";
      const error = reportBootError(thrown, this.#boot.entry);
      return this.#channel.send({ type: "boot-failed", error, hopeless: isHopeless(thrown) }, exit);
    }
    if (this.#state === "crashing") {
      this.#departure?.soFar();
      return exit();
    }
    this.#state = "crashing";
    this.#channel.send({ type: "leaving", error: reportOf(thrown) });
    // The client of the request that failed learns at once, as it would without us; the others get their answers.
    this.#cutCulprit();
    void this.#drain("leave", []).then(exit);
  }
}

function exit(): never {
  process.exit(1);
}

const boot = JSON.parse(process.env[BOOT_ENV] ?? "{}") as Boot;
Reflect.deleteProperty(process.env, BOOT_ENV);
void new Worker(boot).run();
