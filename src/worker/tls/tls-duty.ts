import type { Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../errors.ts";
import { isSecure, type Boot } from "../../protocol/ipc.ts";
import { protocolOf } from "../app/framework.ts";
import type { CapturedServer } from "../sockets/captured-server.ts";
import { isNamed, type Place } from "../sockets/place.ts";
import type { SharedTls } from "./shared-tls.ts";

type Wishes = Pick<Boot, "tls" | "named" | "addresses">;
type Served = Pick<CapturedServer, "server" | "front">;

interface App {
  /** All that listen. */
  readonly servers: () => readonly Served[];
  /** It must not stay. */
  readonly failed: (error: unknown) => void;
}

/** How long an app that opens another server first may take until it opens the one that speaks TLS. Milliseconds. */
const LATE_LISTEN = 5_000;

/** Where TLS is configured nobody is to find the app in plain text instead: then the boot fails. */
export class TlsDuty {
  readonly #boot: Wishes;
  readonly #tls: Pick<SharedTls, "isForeign">;
  readonly #app: App;
  /** Servers at the app's own address. */
  readonly #meant = new WeakSet<Server>();
  #done = Promise.withResolvers<void>();

  constructor(boot: Wishes, tls: Pick<SharedTls, "isForeign">, app: App) {
    this.#boot = boot;
    this.#tls = tls;
    this.#app = app;
  }

  /**
   * To be asked before a server listens. Null: it may; else it never gets its socket, and the app has failed: an exception might be caught by the app.
   * @param place null for one that Drover has made for the app's export
   */
  refuse(server: Server, place: Place | null): Promise<never> | null {
    if (!this.#boot.tls || (place && this.#boot.named && !isNamed(place, this.#boot))) return null;
    this.#meant.add(server);
    const kind = this.#kindOf(server);
    // Drover is about to put TLS in front of an http server; of others of an app without a named address one may do.
    if (this.#isDone(server) || (place && (kind === "http" || !this.#boot.named))) return null;
    this.#app.failed(notServed(`expected TLS on ${this.#where()}, got ${WORDS[kind]}`, kind));
    return NEVER;
  }

  listens({ front }: Pick<Served, "front">): void {
    if (this.#isDone(front)) this.#done.resolve();
  }

  /** @throws AppError TLS_NOT_SERVED if the app listens, and nowhere with TLS */
  async done(): Promise<void> {
    if (!this.#boot.tls) return;
    const late = sleep(LATE_LISTEN, "late", { ref: false });
    if ((await Promise.race([this.#done.promise, late])) !== "late") return;
    const found = this.#app
      .servers()
      .map(({ server, front }) => ({ kind: this.#kindOf(front), where: whereIs(server) }));
    const [first] = found;
    if (!first) return;
    const expected = this.#boot.named ? `the app to listen on ${this.#where()}, with TLS` : "the app to speak TLS";
    const got = found.map(({ kind, where }) => `${WORDS[kind]} on ${where}`).join(", ");
    throw notServed(`expected ${expected}, got ${got}`, first.kind);
  }

  /** What was served from the export has given way to what the app opens by itself. */
  beginAnew(): void {
    this.#done = Promise.withResolvers<void>();
    this.done().catch(this.#app.failed);
  }

  /** A TLS server of the app's own asks clients for what it likes, not for what is configured. */
  #isDone(front: Server): boolean {
    const kind = this.#kindOf(front);
    return kind === "tls" || (kind === "own" && this.#meant.has(front) && this.#boot.tls?.clientCert === "none");
  }

  #kindOf(front: Server): Kind {
    if (this.#tls.isForeign(front)) return "own";
    const protocol = protocolOf(front);
    if (isSecure(protocol)) return "tls";
    return protocol === "http" || protocol === "http2" ? protocol : "tcp";
  }

  #where(): string {
    return this.#boot.addresses.map((one) => ("path" in one ? `unix:${one.path}` : `port ${one.port}`)).join(" or ");
  }
}

const NEVER = Promise.withResolvers<never>().promise;

/** `own`: TLS with certificates of the app's own. */
type Kind = "tls" | "own" | "http" | "http2" | "tcp";

const WORDS: Readonly<Record<Kind, string>> = {
  tls: "TLS",
  own: "a TLS server of the app's own",
  http: "plain HTTP",
  http2: "plain HTTP/2 (http2.createServer)",
  tcp: "plain TCP",
};

const HINTS: Readonly<Partial<Record<Kind, string>>> = {
  own: "Drover's certificates and tls.clientCert are not for it: use http.createServer, or leave them out.",
  http: "Let it listen on process.env.PORT, or name the address it uses: --port.",
  http2: "Drover speaks HTTP/2 with clients by itself: use http.createServer, or Fastify without http2.",
  tcp: "TLS is for http servers: name the address of one (--port), or leave the certificate out.",
};

function notServed(message: string, kind: Kind): AppError {
  return new AppError("TLS_NOT_SERVED", message, HINTS[kind]);
}

function whereIs(server: Server): string {
  const address = server.address();
  if (typeof address === "string") return `unix:${address}`;
  if (!address) return "no address";
  return address.family === "IPv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}
