import { once } from "node:events";
import net, { type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { AppError } from "../../errors.ts";
import type { Boot } from "../../protocol/ipc.ts";
import { kindOf } from "../../server/app-kind.ts";
import { resolveKind, SERVABLE, serverFor } from "../../server/create-server.ts";
import type { ListenCapture } from "../sockets/capture-listen.ts";
import type { CapturedServer } from "../sockets/captured-server.ts";
import type { SharedTls } from "../tls/shared-tls.ts";
import { hasOwnClusterCode } from "./cluster-role.ts";
import { loadedFramework } from "./framework.ts";
import { candidates, exportNames, loadApp, type Exports } from "./load-app.ts";

export interface Booted {
  readonly framework: string;
  /** It listens nowhere and need not. */
  readonly background: boolean;
  readonly ownClusterCode: boolean;
}

export interface BootEvents {
  /** The app was served from its export and now listens by itself. */
  readonly onServeChanged: () => void;
  readonly onAddressGivenUp: (key: string) => void;
}

/** How long a file with cluster code of its own may take from its load to its `listen()`. Milliseconds. */
const LATE_LISTEN = 2_000;

/** From the entry's first line to an app that is ready: see docs/apps.md for the rules, which are these functions in prose. */
export class AppBoot {
  readonly #boot: Boot;
  readonly #capture: ListenCapture;
  readonly #tls: SharedTls;
  readonly #events: BootEvents;
  /** Servers Drover has made for the app's export. */
  readonly #own = new Set<Server>();
  /** Addresses of those that made way for the app's own listen: it may want the same, so they are not given up before it has its socket. */
  readonly #abandoned = new Set<string>();
  #end: () => Promise<unknown> = () => Promise.resolve();
  readonly #listening = Promise.withResolvers<void>();

  constructor(boot: Boot, capture: ListenCapture, tls: SharedTls, events: BootEvents) {
    this.#boot = boot;
    this.#capture = capture;
    this.#tls = tls;
    this.#events = events;
  }

  async run(): Promise<Booted> {
    const { entry, background, serve } = this.#boot;
    const exports = await this.#loadToTheEnd();
    const ownClusterCode = hasOwnClusterCode(entry);
    const booted = (framework: string, isBackground = false): Booted => ({
      framework,
      background: isBackground,
      ownClusterCode,
    });
    if (background) return booted("background worker", true);
    if (this.#capture.count === 0 && serve !== "listen") {
      const framework = await this.#serveExport(exports);
      if (framework) return booted(framework);
    }
    if (ownClusterCode && (await this.#listensNowhere())) return booted("background worker", true);
    await this.#untilListening(exports);
    return booted(loadedFramework() ?? "Node.js");
  }

  /** Whether Drover has made this server, for the app's export. */
  made(server: Server): boolean {
    return this.#own.has(server);
  }

  /** A server of the app wants to listen. If its export is being served already, that ends here: the app's own listen counts. */
  appListens(server: Server): void {
    if (this.#own.has(server) || this.#own.size === 0) return;
    for (const own of this.#own) net.Server.prototype.close.call(own);
    this.#own.clear();
    this.#events.onServeChanged();
  }

  /** The end of an app that Drover has started: an exported Fastify instance runs its `onClose` hooks. */
  async close(): Promise<void> {
    await this.#end();
  }

  /**
   * A server has got its socket, or was refused. An app with several is ready when none of them waits any more; one that only
   * probed for a free port has closed it again by the next turn.
   */
  listenSettled(): void {
    setImmediate(() => {
      if (!this.#capture.waiting) this.#giveUpAbandoned();
      if (!this.#capture.waiting && this.#capture.count > 0) this.#listening.resolve();
    });
  }

  /** A server has closed. Answers whether its address is kept for now. */
  keepsAddress({ key, server }: CapturedServer): boolean {
    if (key === null || !this.#own.has(server)) return false;
    this.#abandoned.add(key);
    return true;
  }

  #giveUpAbandoned(): void {
    for (const key of this.#abandoned) if (!this.#capture.has(key)) this.#events.onAddressGivenUp(key);
    this.#abandoned.clear();
  }

  async #loadToTheEnd(): Promise<Exports> {
    const neverSettles = "the entry never finished loading: a top-level await in it never settles";
    return this.#unlessIdle(loadApp(this.#boot), () => new AppError("APP_NOT_SERVABLE", neverSettles));
  }

  /** A worker half may listen late, when its database is up; one that has not after a while runs in the background. */
  async #listensNowhere(): Promise<boolean> {
    const nowhere = sleep(LATE_LISTEN, true, { ref: false });
    const idle = this.#unlessIdle(this.#listening.promise, () => new AppError("APP_NOT_SERVABLE", "idle")).then(
      () => false,
      () => true,
    );
    return Promise.race([idle, nowhere]);
  }

  async #untilListening(exports: Exports): Promise<void> {
    await this.#unlessIdle(this.#listening.promise, () => notServable(exports));
  }

  /** The message channel does not hold the process yet: when the app has nothing left to do, nothing more will come of it. */
  async #unlessIdle<T>(work: Promise<T>, error: () => AppError): Promise<T> {
    const idle = Promise.withResolvers<never>();
    const onIdle = (): void => idle.reject(error());
    process.once("beforeExit", onIdle);
    return Promise.race([work, idle.promise]).finally(() => process.off("beforeExit", onIdle));
  }

  /** Answers what was served, or null when nothing among the exports can be. */
  async #serveExport(exports: Exports): Promise<string | null> {
    const app = candidates(exports).find((candidate) => kindOf(candidate) !== null);
    if (app === undefined) return null;
    const kind = await resolveKind(app);
    // A factory may have listened by itself.
    if (this.#capture.count > 0) return null;
    const { addresses, timeouts, http2 } = this.#boot;
    if (kind.kind === "fastify") this.#end = () => kind.app.close();
    const secure = await this.#tls.secure();
    const servers = new Set<Server>();
    for (const _ of addresses) servers.add(await serverFor(kind, timeouts, secure, http2 === "all"));
    if (servers.size < addresses.length) throw oneAddressOnly(kind.framework);
    for (const [index, server] of [...servers].entries()) {
      this.#own.add(server);
      await once(server.listen(addresses[index]), "listening");
    }
    return kind.framework === "http" ? (loadedFramework() ?? "Node.js") : kind.framework;
  }
}

function notServable(exports: Exports): AppError {
  const names = exportNames(exports);
  const found = names
    .map((name) => `${name}: ${inspect(exports[name], { depth: 0, breakLength: Infinity })}`)
    .join("; ");
  const exported = names.length === 0 ? "exports nothing" : `exports ${found}`;
  return new AppError(
    "APP_NOT_SERVABLE",
    `expected an entry that listens or exports an app; it ended without listening and ${exported}`,
    SERVABLE,
  );
}

function oneAddressOnly(framework: string): AppError {
  const hint = "Give one address, or export the app's handler instead of its server.";
  return new AppError(
    "APP_NOT_SERVABLE",
    `an exported ${framework} server can listen on one address only, several were configured`,
    hint,
  );
}
