import { closeSync } from "node:fs";
import type { Config } from "../../config/config.ts";
import { platformOf, signsOf, timeBudget, type Platform } from "../../config/time-budget.ts";
import { showAddress } from "../../protocol/address.ts";
import type { Succession } from "../../protocol/succession.ts";
import type { Log } from "../../telemetry/log.ts";
import type { MetricsDesk } from "../metrics/metrics-desk.ts";
import type { Primary } from "../primary.ts";
import { receiveListeners, takeSuccession } from "../succession/inheritance.ts";
import type { Admin } from "./admin.ts";
import { healthFacts } from "./health-facts.ts";
import type { Announcer } from "./systemd/announcer.ts";
import { takeServiceEnvironment, type ServiceEnvironment } from "./systemd/environment.ts";
import { PassedSockets } from "./systemd/passed-sockets.ts";
import { receiveSockets } from "./systemd/receive-socket.ts";

/** Who runs us: what it has handed over, and what it wants to hear. */
export interface Host {
  readonly platform: Platform | null;
  readonly service: ServiceEnvironment;
  readonly passed: PassedSockets;
  /** Why something that was handed over is not used. */
  readonly problems: readonly string[];
  /** Null: it takes nobody's place. */
  readonly succession: Succession | null;
}

/** Takes what is meant for us alone out of `env`, so to be called before anything is started with it. @throws AppError UPGRADE_FAILED */
export function meetHost(env: NodeJS.ProcessEnv): Host {
  const platform = platformOf(signsOf(env));
  const service = takeServiceEnvironment(env, process.pid);
  const succession = takeSuccession(env);
  if (succession === null) return { platform, service, succession, ...receiveSockets(service.sockets, process.pid) };
  const passed = new PassedSockets(receiveListeners(succession.listeners), succession.predecessor === null);
  return { platform, service, succession, passed, problems: [] };
}

/** What the primary has with the world beyond its clients: it answers for its health, and keeps systemd informed. */
export class Relations {
  readonly #primary: Primary;
  readonly #host: Host;
  #admin: Admin | null = null;
  /** The option `admin`. */
  #written: string | null = null;
  /** The health endpoints of the primary before. */
  #inherited: Succession["admin"] = null;
  #announcer: Announcer | null = null;

  constructor(primary: Primary, host: Host) {
    this.#primary = primary;
    this.#host = host;
  }

  /** Where the health endpoints are. */
  get admin(): string | null {
    return this.#admin?.url ?? null;
  }

  /** Whether systemd listens. */
  get notifies(): boolean {
    return this.#host.service.notifySocket !== null;
  }

  /** What systemd has told us alone, for a successor to hear it, too. */
  serviceVariables(): NodeJS.ProcessEnv {
    const { notifySocket, watchdogUsec } = this.#host.service;
    return {
      ...(notifySocket !== null && { NOTIFY_SOCKET: notifySocket }),
      ...(watchdogUsec !== null && { WATCHDOG_USEC: String(watchdogUsec) }),
    };
  }

  /**
   * From before the first worker. Where another primary leads, its health endpoints and systemd are left to it until {@link lead}.
   * @throws AppError ADDRESS_* when the health endpoints cannot have their address
   */
  async open({ admin, timeouts }: Config): Promise<void> {
    const { problems, platform, passed, succession } = this.#host;
    const { log } = this.#primary.world;
    for (const problem of problems) log.warn("sockets-not-used", {}, problem);
    warnOfShortGrace(log, timeouts, platform);
    this.#written = admin;
    // Workers say what has changed, once: a successor hears its own long before it leads.
    if (admin !== null) this.#primary.metrics = await openMetrics(this.#primary);
    this.#inherited = succession?.admin ?? null;
    if (this.#inherited && this.#inherited.written !== admin) this.#dropInherited(this.#inherited.fd);
    if (!this.#inherited) await this.#openAdmin();
    leaveUnusedSockets(this.#primary, log, passed);
    if (!succession?.predecessor) await this.lead();
  }

  /** Answers probes and tells systemd from here on. @throws AppError ADDRESS_* */
  async lead(): Promise<void> {
    const { service } = this.#host;
    if (!this.#admin) await this.#openAdmin();
    this.#announcer = await openAnnouncer(this.#primary, this.#primary.world.log, service);
  }

  #dropInherited(fd: number): void {
    this.#inherited = null;
    closeSync(fd);
  }

  /** Loaded only where it is wanted: the workers wait for what is loaded before them. */
  async #openAdmin(): Promise<void> {
    if (this.#written === null) return;
    const fd = this.#inherited?.fd ?? null;
    this.#inherited = null;
    this.#admin = await openAdminOf(this.#primary, this.#written, fd);
    const { url } = this.#admin;
    this.#primary.world.log.info("admin-listening", { url }, `health endpoints and metrics on ${url}`);
  }

  /** Where the health endpoints are, for a successor. */
  estate(): Succession["admin"] {
    return this.#admin && this.#written !== null ? { written: this.#written, fd: this.#admin.fd } : null;
  }

  /** A successor is to have it all. */
  async leave(): Promise<void> {
    await this.#announcer?.leave();
    this.#announcer = null;
    this.#admin?.leave();
    this.#admin = null;
  }

  /** To the very end: a probe is to hear that the app stops, not to find nobody. */
  async close(): Promise<void> {
    this.#announcer?.end();
    await this.#admin?.close();
  }
}

async function openMetrics(primary: Primary): Promise<MetricsDesk> {
  const { MetricsDesk } = await import("../metrics/metrics-desk.ts");
  return new MetricsDesk(primary);
}

async function openAdminOf(primary: Primary, admin: string, inherited: number | null): Promise<Admin> {
  const { openAdmin } = await import("./admin.ts");
  const desk = (primary.metrics ??= await openMetrics(primary));
  return openAdmin(admin, { health: () => healthFacts(primary), metrics: () => desk.scrape() }, inherited);
}

function warnOfShortGrace(log: Log, timeouts: Config["timeouts"], platform: Platform | null): void {
  const { needed, granted, text, fix } = timeBudget(timeouts, platform);
  if (fix) log.warn("grace-too-short", { neededMs: needed, grantedMs: granted }, `${text}. ${fix}`);
}

/** Of those who would wait for nobody. */
function leaveUnusedSockets(primary: Primary, log: Log, passed: PassedSockets): void {
  const say = (): void => {
    passed.dropUnused();
    for (const { name, address: bound } of passed.unused()) {
      const address = showAddress(bound);
      const text = `systemd passed ${address} (${name}), on which the app does not listen: who connects there waits for nobody`;
      log.warn("socket-unused", { name, address }, text);
    }
  };
  primary.ready.then(say, () => undefined);
}

async function openAnnouncer(primary: Primary, log: Log, service: ServiceEnvironment): Promise<Announcer | null> {
  if (service.notifySocket === null) return null;
  const { Announcer } = await import("./systemd/announcer.ts");
  const { Notifier, systemdNotify } = await import("./systemd/notifier.ts");
  return new Announcer(primary, new Notifier(systemdNotify(service.notifySocket), log), service.watchdogUsec);
}
